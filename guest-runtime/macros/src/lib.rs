//! The macros of `guest_runtime`: `#[main]`, `#[test]`, `#[serve]`, `#[parallel]` and `par!`.
//!
//! Use them through `guest_runtime`, which documents them with examples.

mod attribute;
mod main_attribute;
mod test_attribute;
mod serve_attribute;
mod parallel;
mod par;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;
use quote::quote;
use syn::{Error, Result};

/// Makes an `async fn main` the main function of a program; see `guest_runtime::main`.
#[proc_macro_attribute]
pub fn main(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let main = quote! { fn main() {} };
    expanded(main_attribute::expand(attribute.into(), item.into()), main)
}

/// Makes an `async fn` a test; see `guest_runtime::test`.
#[proc_macro_attribute]
pub fn test(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expanded(test_attribute::expand(attribute.into(), item.clone().into()), item.into())
}

/// Makes an `async fn` the handler of HTTP requests; see `guest_runtime::serve`.
#[proc_macro_attribute]
pub fn serve(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let main = quote! { fn main() {} };
    expanded(serve_attribute::expand(attribute.into(), item.into()), main)
}

/// Adds `.par()` to the calls of an `async fn`; see `guest_runtime::parallel`.
#[proc_macro_attribute]
pub fn parallel(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expanded(parallel::expand(attribute.into(), item.clone().into()), item.into())
}

/// Makes a job of an `async` block and a list of variables; see `guest_runtime::par`, which passes its own path.
#[proc_macro]
pub fn par(input: TokenStream) -> TokenStream {
    expanded(par::expand(input.into()), quote!())
}

/// Returns the error with what stands for the item, so that its absence is not an error of its own.
fn expanded(outcome: Result<TokenStream2>, item: TokenStream2) -> TokenStream {
    let error = |error: Error| {
        let error = error.into_compile_error();
        quote!(#error #item)
    };
    outcome.unwrap_or_else(error).into()
}
