//! `#[parallel]`: makes the call of a function a value that can run in this instance or in another.
//!
//! The body becomes a closure that captures nothing, from the tuple of all arguments to the
//! result. A closure, unlike a nested function, can use the generics and the `Self` around it. It cannot have
//! a `self`, so that gets another name in the body.

mod check;
mod receiver;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Block, Error, FnArg, ImplItemFn, Result, ReturnType, TraitItemFn, Type, TypeReference};

use crate::attribute;
pub(crate) use check::MOST_ARGUMENTS;
use check::{check, parts};

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let runtime = attribute::runtime("parallel", attribute)?;
    // Parsed as a method, because a function may not have a receiver.
    let function = syn::parse2(item.clone()).map_err(|error| without_body(item).unwrap_or(error))?;
    check(&function)?;
    Ok(Call { runtime, function: &function }.expand())
}

/// Returns an error for the declaration of a method in a trait.
fn without_body(item: TokenStream) -> Option<Error> {
    let declaration: TraitItemFn = syn::parse2(item).ok()?;
    let (name, output) = (&declaration.sig.ident, output(&declaration.sig.output));
    let text = format!(
        "`#[parallel]` is for a function with a body: in a trait, declare `fn {name}(..) -> impl \
         guest_runtime::Parallel<Output = {output}>`, and write the attribute in the implementations"
    );
    declaration.default.is_none().then(|| Error::new_spanned(declaration.semi_token, text))
}

/// The function that returns the call.
struct Call<'f> {
    /// The path of `guest_runtime`.
    runtime: TokenStream,
    function: &'f ImplItemFn,
}

impl Call<'_> {
    fn expand(&self) -> TokenStream {
        let Self { runtime, function } = self;
        let ImplItemFn { attrs, vis, sig, .. } = function;
        let mut arguments = Arguments::default();
        sig.inputs.iter().for_each(|argument| arguments.add(argument, runtime));
        let Arguments { taken, patterns, lent, sent, types } = arguments;
        let (pattern, lent, sent) = (one_or_tuple(patterns), one_or_tuple(lent), one_or_tuple(sent));
        let (name, generics, body) = (&sig.ident, &sig.generics, self.body());
        let (parameters, bounds) = (&generics.params, &generics.where_clause);
        let output = output(&sig.output);
        let parts = types.iter().chain(result(&sig.output)).flat_map(parts);
        let parts = parts.map(|part| {
            let span = part.span().resolved_at(Span::call_site());
            quote_spanned!(span=> #runtime::__private::is_message::<#part>();)
        });
        quote! {
            #(#attrs)*
            #vis fn #name<#parameters>(#(#taken),*) -> impl #runtime::Parallel<Output = #output> #bounds {
                // The part of a type that is no message is a better place for an error than the type.
                #(#parts)*
                #runtime::__private::call(async |#pattern: #lent| -> #output #body, #sent)
            }
        }
    }

    fn body(&self) -> Block {
        let mut body = self.function.block.clone();
        if self.function.sig.receiver().is_some() {
            receiver::rename(&mut body);
        }
        body
    }
}

/// The arguments of a function, each in all its roles.
#[derive(Default)]
struct Arguments {
    /// The parameter as the function takes it.
    taken: Vec<TokenStream>,
    /// As the body names it.
    patterns: Vec<TokenStream>,
    /// The type that the body gets.
    lent: Vec<TokenStream>,
    /// The parameter as the caller passes it.
    sent: Vec<TokenStream>,
    types: Vec<Type>,
}

impl Arguments {
    fn add(&mut self, argument: &FnArg, runtime: &TokenStream) {
        let (of, name) = match argument {
            FnArg::Receiver(receiver) => {
                let mut taken = receiver.clone();
                // Only the body may declare it as `mut`.
                let mutable = taken.mutability.take_if(|_| taken.reference.is_none());
                let this = receiver::name(receiver.self_token.span);
                self.taken.push(quote!(#taken));
                self.patterns.push(quote!(#mutable #this));
                (&receiver.ty, Ident::from(receiver.self_token))
            }
            FnArg::Typed(typed) => {
                let (of, pattern) = (&typed.ty, &typed.pat);
                let name = format_ident!("argument_{}", self.taken.len());
                self.taken.push(quote!(#name: #of));
                self.patterns.push(quote!(#pattern));
                (of, name)
            }
        };
        self.lent.push(lent(of));
        self.sent.push(sent(name, of, runtime));
        self.types.push((**of).clone());
    }
}

/// Returns a tuple of several things, but a single one as it is, so that a single argument is the whole message.
pub(crate) fn one_or_tuple(things: impl IntoIterator<Item = impl ToTokens>) -> TokenStream {
    let things: Vec<_> = things.into_iter().collect();
    match &things[..] {
        [one] => quote!(#one),
        several => quote!((#(#several,)*)),
    }
}

/// Returns the type of an argument of the body. Borrows have another lifetime in the job's instance.
fn lent(of: &Type) -> TokenStream {
    match of {
        Type::Reference(TypeReference { mutability, elem, .. }) => quote!(&#mutability #elem),
        of => quote!(#of),
    }
}

/// Returns an argument as it is passed to the call: a borrow, or a value that moves.
fn sent(mut value: Ident, of: &Type, runtime: &TokenStream) -> TokenStream {
    // An argument that cannot be sent is an error at its type.
    let span = of.span().resolved_at(Span::call_site());
    value.set_span(span);
    let pass = match of {
        Type::Reference(TypeReference { mutability: Some(_), .. }) => quote_spanned!(span=> lend_mut),
        Type::Reference(_) => quote_spanned!(span=> lend),
        _ => quote_spanned!(span=> Moved::new),
    };
    quote_spanned!(span=> #runtime::__private::#pass(#value))
}

fn result(returns: &ReturnType) -> Option<&Type> {
    match returns {
        ReturnType::Default => None,
        ReturnType::Type(_, output) => Some(output),
    }
}

fn output(returns: &ReturnType) -> TokenStream {
    result(returns).map_or_else(|| quote!(()), ToTokens::to_token_stream)
}
