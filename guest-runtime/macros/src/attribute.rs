//! The arguments of the attributes: the path of the crate `guest_runtime`, if that has another name.
//!
//! A program that depends on the crate by another name, or that has it from another crate that re-exports it,
//! writes `#[rt::parallel(crate = rt)]`, as for serde and tokio. A macro could read the name from the program's
//! `Cargo.toml`, but not that of a re-export, and not in a build without cargo.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::parse::{ParseStream, Parser as _};
use syn::{Error, Path, Result, Token};

/// Returns the path of the crate, from the arguments of the attribute `name`.
pub(crate) fn runtime(name: &str, arguments: TokenStream) -> Result<TokenStream> {
    if arguments.is_empty() {
        return Ok(quote!(::guest_runtime));
    }
    let text =
        format!("`#[{name}]` has one argument only: `crate = path`, if `guest_runtime` has another name");
    let parse = |input: ParseStream<'_>| {
        input.parse::<Token![crate]>()?;
        input.parse::<Token![=]>()?;
        input.call(Path::parse_mod_style)
    };
    let path = parse.parse2(arguments.clone()).map_err(|_| Error::new_spanned(arguments, text))?;
    Ok(path.into_token_stream())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crate_may_have_another_name() {
        let path = |arguments| runtime("main", arguments).map(|path| path.to_string());
        assert_eq!(path(quote!()).expect("no argument"), ":: guest_runtime");
        assert_eq!(path(quote!(crate = rt)).expect("a name"), "rt");
        assert_eq!(path(quote!(crate = crate::rt)).expect("a path"), "crate :: rt");
        for wrong in [quote!(multi), quote!(crate), quote!(crate = 1), quote!(crate = rt, more)] {
            assert!(path(wrong).unwrap_err().to_string().contains("`crate = path`"));
        }
    }
}
