//! The macros of `guest_runtime`: `#[main]`, `#[test]`, `#[parallel]` and `par!`.
//!
//! Use them through `guest_runtime`, which documents them with examples.

mod attribute;
mod main_attribute;
mod test_attribute;
mod par;
mod parallel;

use proc_macro::TokenStream;

/// Makes an `async fn main` the main function of a program; see `guest_runtime::main`.
#[proc_macro_attribute]
pub fn main(attribute: TokenStream, item: TokenStream) -> TokenStream {
    main_attribute::expand(attribute.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes an `async fn` a test; see `guest_runtime::test`.
#[proc_macro_attribute]
pub fn test(attribute: TokenStream, item: TokenStream) -> TokenStream {
    test_attribute::expand(attribute.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Adds `.par()` to the calls of an `async fn`; see `guest_runtime::parallel`.
#[proc_macro_attribute]
pub fn parallel(attribute: TokenStream, item: TokenStream) -> TokenStream {
    parallel::expand(attribute.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a job of an `async` block and a list of variables; see `guest_runtime::par`, which passes its own path.
#[proc_macro]
pub fn par(input: TokenStream) -> TokenStream {
    par::expand(input.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
