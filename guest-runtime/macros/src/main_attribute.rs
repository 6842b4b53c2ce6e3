//! `#[main]`: makes an `async fn main` the main function of a program.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, ItemFn, Result};

use crate::attribute::runtime;

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let runtime = runtime("main", attribute)?;
    let ItemFn { attrs, vis, sig, block } = syn::parse2(item)?;
    if sig.asyncness.is_none() {
        return Err(Error::new_spanned(
            sig.fn_token,
            "`#[main]` is for an `async fn`: write `async fn main`",
        ));
    }
    if sig.ident != "main" {
        return Err(Error::new_spanned(
            sig.ident,
            "`#[main]` is for the function `main`; a test has `#[guest_runtime::test]`",
        ));
    }
    if !sig.inputs.is_empty() {
        return Err(Error::new_spanned(
            sig.inputs,
            "`main` takes no arguments: they are in `std::env::args`",
        ));
    }
    let output = &sig.output;
    Ok(quote! {
        #(#attrs)*
        #vis fn main() #output {
            // A separate function, so that `?` and `return` have the right return type.
            async fn main() #output #block
            #runtime::__private::run_main(main())
        }
    })
}
