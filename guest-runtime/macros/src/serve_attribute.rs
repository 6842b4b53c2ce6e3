//! `#[serve]`: makes an `async fn` the handler of HTTP requests of a component.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::parse::{ParseStream, Parser as _};
use syn::{Error, FnArg, Ident, ItemFn, Path, Result, Token, Type};

/// The arguments of the attribute.
struct Arguments {
    /// The path of the crate `guest_runtime`.
    runtime: TokenStream,
    /// The function that makes the state of an instance.
    state: Option<Path>,
}

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let Arguments { runtime, state } = Arguments::parse(attribute)?;
    let function: ItemFn = syn::parse2(item)?;
    let sig = &function.sig;
    if sig.asyncness.is_none() {
        return Err(Error::new_spanned(sig.fn_token, "`#[serve]` is for an `async fn`: write `async fn`"));
    }
    if sig.ident == "main" {
        let text = "`#[serve]` writes a `main` of its own: give this function another name, such as `handle`";
        return Err(Error::new_spanned(&sig.ident, text));
    }
    let own = 1 + usize::from(state.is_some());
    let sends = match sig.inputs.len().checked_sub(own) {
        Some(0) => false,
        Some(1) => true,
        _ => return Err(Error::new_spanned(&sig.inputs, parameters(state.is_some()))),
    };
    let name = &sig.ident;
    let (made, lent) = match (&state, sig.inputs.first()) {
        (Some(make), Some(first)) => (state_of_instance(make, first)?, quote!(state,)),
        _ => (quote!(), quote!()),
    };
    let call = if sends {
        quote!(#name(#lent request, responder).await)
    } else {
        quote!(#runtime::__private::respond(#name(#lent request).await, responder).await)
    };
    Ok(quote! {
        #function

        const _: () = {
            #[allow(dead_code, reason = "only a component exports it")]
            struct Exported;

            impl #runtime::__private::Handler for Exported {
                fn handle(
                    request: #runtime::__private::IncomingRequest,
                    out: #runtime::__private::ResponseOutparam,
                ) {
                    #runtime::__private::run_handler(request, out, async |request, responder| {
                        #made
                        #call
                    });
                }
            }

            #[cfg(target_family = "wasm")]
            #runtime::__private::export_handler!(Exported);
        };

        // A library does not call it.
        #[allow(dead_code, reason = "a program needs it, and a library does not")]
        fn main() -> ::std::process::ExitCode {
            #runtime::__private::main_of_handler()
        }
    })
}

/// Returns the statements that lend `state` to a request: it is made at the first one of an instance.
fn state_of_instance(make: &Path, parameter: &FnArg) -> Result<TokenStream> {
    let wrong = || Error::new_spanned(parameter, "the first parameter is the state: write `state: &State`");
    let FnArg::Typed(typed) = parameter else { return Err(wrong()) };
    let Type::Reference(reference) = &*typed.ty else { return Err(wrong()) };
    if reference.mutability.is_some() {
        return Err(wrong());
    }
    let state = &reference.elem;
    Ok(quote! {
        ::std::thread_local! {
            static STATE: ::std::cell::OnceCell<&'static #state> = const { ::std::cell::OnceCell::new() };
        }
        let state: &'static #state = match STATE.with(|state| state.get().copied()) {
            ::core::option::Option::Some(state) => state,
            ::core::option::Option::None => {
                let made: &'static #state = ::std::boxed::Box::leak(::std::boxed::Box::new(#make().await));
                STATE.with(|state| *state.get_or_init(|| made))
            }
        };
    })
}

fn parameters(has_state: bool) -> &'static str {
    if has_state {
        "a handler with a state has the parameters `state: &State`, `request: Request<Body>` and, if it goes on \
         after its response, `responder: Responder`"
    } else {
        "a handler has the parameters `request: Request<Body>` and, if it goes on after its response, \
         `responder: Responder`"
    }
}

impl Arguments {
    fn parse(arguments: TokenStream) -> Result<Self> {
        let text = "`#[serve]` has two arguments: `state = function`, and `crate = path`, if `guest_runtime` has \
                    another name";
        let parse = |input: ParseStream<'_>| {
            let mut parsed = Self { runtime: quote!(::guest_runtime), state: None };
            while !input.is_empty() {
                if input.peek(Token![crate]) {
                    input.parse::<Token![crate]>()?;
                    input.parse::<Token![=]>()?;
                    parsed.runtime = input.call(Path::parse_mod_style)?.into_token_stream();
                } else {
                    let name = input.parse::<Ident>()?;
                    if name != "state" {
                        return Err(Error::new_spanned(name, text));
                    }
                    input.parse::<Token![=]>()?;
                    parsed.state = Some(input.parse()?);
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(parsed)
        };
        parse.parse2(arguments.clone()).map_err(|_| Error::new_spanned(arguments, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(attribute: TokenStream, item: TokenStream) -> String {
        expand(attribute, item).unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_be_a_handler_is_an_error() {
        let handler = || {
            quote!(
                async fn handle(request: Request<Body>) -> Response<Body> {}
            )
        };
        assert!(error(quote!(multi), handler()).contains("`state = function`"));
        assert!(
            error(
                quote!(),
                quote!(
                    fn handle(request: Request<Body>) {}
                )
            )
            .contains("`async fn`")
        );
        assert!(
            error(
                quote!(),
                quote!(
                    async fn main(request: Request<Body>) {}
                )
            )
            .contains("another name")
        );
        assert!(
            error(
                quote!(),
                quote!(
                    async fn handle() {}
                )
            )
            .contains("`request: Request<Body>`")
        );
        assert!(error(quote!(state = make), handler()).contains("`state: &State`"));
        let by_value = quote!(
            async fn handle(state: State, request: Request<Body>) {}
        );
        assert!(error(quote!(state = make), by_value).contains("`state: &State`"));
    }

    #[test]
    fn a_handler_is_kept_as_it_is() {
        let handler = quote!(
            async fn handle(state: &State, request: Request<Body>) -> Response<Body> {
                todo!()
            }
        );
        let expanded = expand(quote!(crate = rt, state = a::make), handler.clone()).unwrap().to_string();
        assert!(expanded.starts_with(&handler.to_string()), "{expanded}");
        assert!(
            expanded.contains("a :: make () . await") && expanded.contains("rt :: __private"),
            "{expanded}"
        );
    }
}
