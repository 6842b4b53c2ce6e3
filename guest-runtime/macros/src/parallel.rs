//! `#[parallel]`: makes the call of a function a value that can run in this instance or in another.
//!
//! The body becomes a closure that captures nothing, from the tuple of all arguments to the
//! result. A closure, unlike a nested function, can use the generics and the `Self` around it. Only
//! a method with a receiver needs a separate function for the body, because only a method can have a `self`.

use std::iter::once;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{
    Error, FnArg, GenericArgument, GenericParam, ImplItemFn, Pat, PathArguments, Receiver, Result,
    ReturnType, Type, TypeReference,
};

/// The longest tuple that implements `Transfer`.
const MOST_ARGUMENTS: usize = 8;

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !attribute.is_empty() {
        return Err(Error::new_spanned(attribute, "`#[parallel]` takes no arguments"));
    }
    // Parsed as a method, because a function may not have a receiver.
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
        if let FnArg::Typed(typed) = argument {
            check_argument(&typed.ty)?;
        }
    }
    match &signature.output {
        ReturnType::Type(_, output) => check_output(output),
        ReturnType::Default => Ok(()),
    }
}

fn check_output(of: &Type) -> Result<()> {
    if let Some(borrow) = part(of, is_borrow) {
        let text = "a result is owned, because what it would borrow from exists only in the job: return a \
                    value, such as a `Vec` or a `String`";
        return Err(Error::new_spanned(borrow, text));
    }
    if let Some(opaque) = part(of, is_opaque) {
        let text = "the caller has to know the type: name it instead of `impl Trait`";
        return Err(Error::new_spanned(opaque, text));
    }
    Ok(())
}

fn check_argument(of: &Type) -> Result<()> {
    if let Some(opaque) = part(of, is_opaque) {
        let text = "the job has to know the type: use a type parameter instead of `impl Trait`";
        return Err(Error::new_spanned(opaque, text));
    }
    let value = match of {
        Type::Reference(borrow) => &borrow.elem,
        of => of,
    };
    if let Some(borrow) = part(value, is_borrow) {
        let text = "a borrow within a value points into this instance: only the argument itself may be one, \
                    such as `&T`, `&mut T` or `&[T]`; own what is within";
        return Err(Error::new_spanned(borrow, text));
    }
    Ok(())
}

fn is_borrow(of: &Type) -> bool {
    matches!(of, Type::Reference(_))
}

fn is_opaque(of: &Type) -> bool {
    matches!(of, Type::ImplTrait(_))
}

/// Returns the first part of a type, or all of it, for which `is` holds.
fn part(of: &Type, is: fn(&Type) -> bool) -> Option<&Type> {
    if is(of) {
        return Some(of);
    }
    match of {
        Type::Array(array) => part(&array.elem, is),
        Type::Group(group) => part(&group.elem, is),
        Type::Paren(paren) => part(&paren.elem, is),
        Type::Reference(borrow) => part(&borrow.elem, is),
        Type::Slice(slice) => part(&slice.elem, is),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(|of| part(of, is)),
        Type::Path(path) => path.path.segments.iter().find_map(|segment| match &segment.arguments {
            PathArguments::AngleBracketed(arguments) => arguments.args.iter().find_map(|argument| {
                let GenericArgument::Type(of) = argument else { return None };
                part(of, is)
            }),
            _ => None,
        }),
        _ => None,
    }
}

fn free_function(function: &ImplItemFn) -> TokenStream {
    let ImplItemFn { attrs, vis, sig, block, .. } = function;
    let Arguments { names, patterns, types } = &Arguments::of(function);
    let output = output(&sig.output);
    let lent = types.iter().map(lent);
    let sent = names.iter().zip(types).map(|(name, of)| sent(name.clone(), of));
    let (pattern, lent, sent) = (one_or_tuple(patterns), one_or_tuple(lent), one_or_tuple(sent));
    let head = head(function, quote!(#(#names: #types),*));
    quote! {
        #(#attrs)*
        #vis #head {
            ::guest_runtime::__private::call(async |#pattern: #lent| -> #output #block, #sent)
        }
    }
}

fn method(function: &ImplItemFn, receiver: &Receiver) -> TokenStream {
    let ImplItemFn { attrs, vis, sig, block, .. } = function;
    let Arguments { names, patterns, types } = &Arguments::of(function);
    let body = format_ident!("__{}_body", sig.ident);
    let generics = &sig.generics;
    let (parameters, bounds) = (&generics.params, &generics.where_clause);
    let returns = &sig.output;
    let output = output(&sig.output);
    let lent = once(lent(&receiver.ty)).chain(types.iter().map(lent));
    let sent = names.iter().zip(types).map(|(name, of)| sent(name.clone(), of));
    let sent = once(self::sent(Ident::from(receiver.self_token), &receiver.ty)).chain(sent);
    let names_with_this = once(format_ident!("this")).chain(names.iter().cloned());
    let (pattern, lent, sent) = (one_or_tuple(names_with_this), one_or_tuple(lent), one_or_tuple(sent));
    let mut taken = receiver.clone();
    // Only the body may declare it as `mut`.
    if taken.reference.is_none() {
        taken.mutability = None;
    }
    let head = head(function, quote!(#taken, #(#names: #types),*));
    // The compiler infers lifetimes.
    let parameters_of_types = generics.params.iter().filter_map(|parameter| match parameter {
        GenericParam::Type(parameter) => Some(&parameter.ident),
        GenericParam::Const(parameter) => Some(&parameter.ident),
        GenericParam::Lifetime(_) => None,
    });
    quote! {
        #(#attrs)*
        #vis #head {
            ::guest_runtime::__private::call(
                async |#pattern: #lent| -> #output {
                    Self::#body::<#(#parameters_of_types),*>(this, #(#names),*).await
                },
                #sent,
            )
        }

        #[doc(hidden)]
        async fn #body<#parameters>(#receiver, #(#patterns: #types),*) #returns #bounds #block
    }
}

/// Returns a tuple of several things, but a single one as it is, so that a single argument is the whole message.
fn one_or_tuple(things: impl IntoIterator<Item = impl ToTokens>) -> TokenStream {
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
fn sent(mut value: Ident, of: &Type) -> TokenStream {
    // An argument that cannot be sent is an error at its type.
    let span = of.span().resolved_at(Span::call_site());
    value.set_span(span);
    let pass = match of {
        Type::Reference(TypeReference { mutability: Some(_), .. }) => quote_spanned!(span=> lend_mut),
        Type::Reference(_) => quote_spanned!(span=> lend),
        _ => quote_spanned!(span=> Moved::new),
    };
    quote_spanned!(span=> ::guest_runtime::__private::#pass(#value))
}

/// Returns the signature without the patterns of its arguments, with the call as its result.
fn head(function: &ImplItemFn, arguments: TokenStream) -> TokenStream {
    let name = &function.sig.ident;
    let generics = &function.sig.generics;
    let (parameters, bounds) = (&generics.params, &generics.where_clause);
    let output = output(&function.sig.output);
    quote! {
        fn #name<#parameters>(#arguments) -> impl ::guest_runtime::Parallel<Output = #output> #bounds
    }
}

/// The arguments of a function without its receiver.
struct Arguments<'f> {
    /// Their names outside of the body.
    names: Vec<Ident>,
    patterns: Vec<&'f Pat>,
    types: Vec<Type>,
}

impl<'f> Arguments<'f> {
    fn of(function: &'f ImplItemFn) -> Self {
        let typed = function.sig.inputs.iter().filter_map(|argument| match argument {
            FnArg::Typed(typed) => Some((&*typed.pat, (*typed.ty).clone())),
            FnArg::Receiver(_) => None,
        });
        let (patterns, types): (Vec<_>, _) = typed.unzip();
        let names = (0..patterns.len()).map(|index| format_ident!("argument_{index}")).collect();
        Self { names, patterns, types }
    }
}

fn output(returns: &ReturnType) -> TokenStream {
    match returns {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, output) => quote!(#output),
    }
}
