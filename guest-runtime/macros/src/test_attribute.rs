//! `#[test]`: makes an `async fn` a test.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, ItemFn, Result};

use crate::attribute::runtime;

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let runtime = runtime("guest_runtime::test", attribute)?;
    let ItemFn { attrs, vis, sig, block } = syn::parse2(item)?;
    if sig.asyncness.is_none() {
        return Err(Error::new_spanned(
            sig.fn_token,
            "`#[guest_runtime::test]` is for an `async fn`: write `async fn`, or `#[test]`",
        ));
    }
    if !sig.inputs.is_empty() {
        return Err(Error::new_spanned(sig.inputs, "a test takes no arguments"));
    }
    if let Some(second) = attrs.iter().find(|attribute| attribute.path().is_ident("test")) {
        return Err(Error::new_spanned(
            second,
            "`#[guest_runtime::test]` is a `#[test]`: leave this one out",
        ));
    }
    let (name, output) = (&sig.ident, &sig.output);
    Ok(quote! {
        #(#attrs)*
        // By its path, because `test` may be another attribute in this scope.
        #[::core::prelude::v1::test]
        #vis fn #name() #output {
            // A separate function, so that `?` and `return` have the right return type.
            async fn #name() #output #block
            #runtime::__private::run_test(#name())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(attribute: TokenStream, item: TokenStream) -> String {
        expand(attribute, item).unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_be_a_test_is_an_error() {
        let nothing = TokenStream::new;
        assert!(
            error(
                quote!(multi),
                quote!(
                    async fn a() {}
                )
            )
            .contains("has one argument only")
        );
        assert!(
            error(
                nothing(),
                quote!(
                    fn a() {}
                )
            )
            .contains("is for an `async fn`")
        );
        assert!(
            error(
                nothing(),
                quote!(
                    async fn a(n: u32) {}
                )
            )
            .contains("a test takes no arguments")
        );
        assert!(
            error(
                nothing(),
                quote!(
                    #[test]
                    async fn a() {}
                )
            )
            .contains("leave this one out")
        );
    }

    #[test]
    fn other_attributes_stay() {
        let item = quote!(
            #[ignore = "slow"]
            pub async fn a() -> Result<(), E> {
                b().await?
            }
        );
        let test = expand(TokenStream::new(), item).expect("this is a test").to_string();
        for part in ["# [ignore = \"slow\"]", "pub fn a () -> Result < () , E >", "{ b () . await ? }"] {
            assert!(test.contains(part), "{part} in {test}");
        }
    }
}
