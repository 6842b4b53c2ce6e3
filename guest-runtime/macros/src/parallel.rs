//! `#[parallel]`: the call of a function as a value that can run here or elsewhere.
//!
//! The body becomes a closure that captures nothing, from the tuple of all arguments to the
//! result. A closure, unlike a nested function, knows the generics and the `Self` around it. Only
//! a method with a receiver needs a function of its own for the body, beside it: there is no
//! other way to have a `self`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::spanned::Spanned;
use syn::{Error, FnArg, GenericParam, ImplItemFn, Pat, Receiver, Result, ReturnType, Type};

/// More than these would need more implementations of `Arguments`.
const MOST_ARGUMENTS: usize = 8;

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !attribute.is_empty() {
        return Err(Error::new_spanned(attribute, "`#[parallel]` takes no arguments"));
    }
    // A method and a function look alike, but only the first may have a receiver.
    let function: ImplItemFn = syn::parse2(item)?;
    check(&function)?;
    Ok(match function.sig.receiver() {
        Some(receiver) => method(&function, receiver),
        None => free_function(&function),
    })
}

fn check(function: &ImplItemFn) -> Result<()> {
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        return Err(Error::new_spanned(signature.fn_token, "`#[parallel]` goes on an `async fn`"));
    }
    if signature.inputs.len() > MOST_ARGUMENTS {
        let text = format!("`#[parallel]` takes up to {MOST_ARGUMENTS} arguments: put some into a struct");
        return Err(Error::new_spanned(&signature.inputs, text));
    }
    for argument in &signature.inputs {
        let borrowed = match argument {
            FnArg::Receiver(receiver) => receiver.reference.as_ref().map(|_| receiver.span()),
            FnArg::Typed(typed) => match &*typed.ty {
                Type::Reference(reference) => Some(reference.span()),
                Type::ImplTrait(opaque) => {
                    let text =
                        "the far side has to know the type: use a type parameter instead of `impl Trait`";
                    return Err(Error::new_spanned(opaque, text));
                }
                _ => None,
            },
        };
        if let Some(span) = borrowed {
            let text =
                "a reference points into this instance: pass an owned value, such as a `Vec` or a `String`";
            return Err(Error::new(span, text));
        }
    }
    Ok(())
}

fn free_function(function: &ImplItemFn) -> TokenStream {
    let ImplItemFn { attrs, vis, sig, block, .. } = function;
    let (patterns, types) = arguments(function);
    let names: Vec<_> = (0..patterns.len()).map(|index| format_ident!("argument_{index}")).collect();
    let output = output(&sig.output);
    let head = head(function, quote!(#(#names: #types),*));
    quote! {
        #(#attrs)*
        #vis #head {
            ::guest_runtime::__private::call(
                async |(#(#patterns,)*): (#(#types,)*)| -> #output #block,
                (#(#names,)*),
            )
        }
    }
}

fn method(function: &ImplItemFn, receiver: &Receiver) -> TokenStream {
    let ImplItemFn { attrs, vis, sig, block, .. } = function;
    let (patterns, types) = arguments(function);
    let names: Vec<_> = (0..patterns.len()).map(|index| format_ident!("argument_{index}")).collect();
    let body = format_ident!("__{}_body", sig.ident);
    let generics = &sig.generics;
    let (parameters, bounds) = (&generics.params, &generics.where_clause);
    let returns = &sig.output;
    let output = output(&sig.output);
    let head = head(function, quote!(self, #(#names: #types),*));
    // Lifetimes are found by the compiler.
    let parameters_of_types = generics.params.iter().filter_map(|parameter| match parameter {
        GenericParam::Type(parameter) => Some(&parameter.ident),
        GenericParam::Const(parameter) => Some(&parameter.ident),
        GenericParam::Lifetime(_) => None,
    });
    quote! {
        #(#attrs)*
        #vis #head {
            ::guest_runtime::__private::call(
                async |(this, #(#names,)*): (Self, #(#types,)*)| -> #output {
                    Self::#body::<#(#parameters_of_types),*>(this, #(#names),*).await
                },
                (self, #(#names,)*),
            )
        }

        #[doc(hidden)]
        async fn #body<#parameters>(#receiver, #(#patterns: #types),*) #returns #bounds #block
    }
}

/// The signature without its arguments' patterns, returning the call as a value.
fn head(function: &ImplItemFn, arguments: TokenStream) -> TokenStream {
    let name = &function.sig.ident;
    let generics = &function.sig.generics;
    let (parameters, bounds) = (&generics.params, &generics.where_clause);
    let output = output(&function.sig.output);
    quote! {
        fn #name<#parameters>(#arguments) -> impl ::guest_runtime::Parallel<Output = #output> #bounds
    }
}

fn arguments(function: &ImplItemFn) -> (Vec<&Pat>, Vec<&Type>) {
    let typed = function.sig.inputs.iter().filter_map(|argument| match argument {
        FnArg::Typed(typed) => Some((&*typed.pat, &*typed.ty)),
        FnArg::Receiver(_) => None,
    });
    typed.unzip()
}

fn output(returns: &ReturnType) -> TokenStream {
    match returns {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, output) => quote!(#output),
    }
}
