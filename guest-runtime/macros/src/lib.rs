//! The attributes of guest-runtime: `#[main]` and `#[parallel]`.
//!
//! Use them through `guest_runtime`, which documents them with programs that run.

mod main_attribute;
mod parallel;

use proc_macro::TokenStream;

/// Makes an `async fn main` the main function of a program.
///
/// The function may return what any `main` may return. Arguments of the program are in
/// `std::env::args`, as always.
///
/// ```
/// #[guest_runtime::main]
/// async fn main() -> Result<(), std::num::ParseIntError> {
///     let n: u32 = "7".parse()?;
///     assert_eq!(n, 7);
///     Ok(())
/// }
/// ```
#[proc_macro_attribute]
pub fn main(attribute: TokenStream, item: TokenStream) -> TokenStream {
    main_attribute::expand(attribute.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes the calls of an `async fn` futures that can run in another instance, with `.par()`.
///
/// A call returns `impl Parallel<Output = T>`: awaited as it is, it runs here, as before; with
/// `.par()` it runs elsewhere. Arguments and result are messages: owned values with serde's
/// `Serialize` and `Deserialize`. The body may hold what it likes across awaits.
///
/// Generic functions and methods are fine; what `self` is has to be a message too.
///
/// ```
/// use guest_runtime::prelude::*;
/// use std::rc::Rc;
///
/// #[guest_runtime::parallel]
/// async fn longest(words: Vec<String>) -> Option<String> {
///     let words = Rc::new(words);     // not `Send`, and need not be
///     words.iter().max_by_key(|word| word.len()).cloned()
/// }
///
/// guest_runtime::block_on(async {
///     let words = ["a", "bcd", "ef"].map(String::from).to_vec();
///     assert_eq!(longest(words).par().await.as_deref(), Some("bcd"));
/// });
/// ```
#[proc_macro_attribute]
pub fn parallel(attribute: TokenStream, item: TokenStream) -> TokenStream {
    parallel::expand(attribute.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
