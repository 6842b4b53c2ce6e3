//! Checks of a signature: reports functions that cannot be jobs.

use syn::{Error, FnArg, GenericArgument, ImplItemFn, PathArguments, Result, ReturnType, Type};

/// The longest tuple that implements `Transfer`.
pub(crate) const MOST_ARGUMENTS: usize = 8;

/// Types of std whose type arguments have to be messages if they are messages themselves.
const CONTAINERS: [&str; 8] =
    ["BTreeMap", "BTreeSet", "Box", "HashMap", "Option", "Result", "Vec", "VecDeque"];

pub(super) fn check(function: &ImplItemFn) -> Result<()> {
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        let text = "`#[parallel]` is for an `async fn`: write `async` before `fn`";
        return Err(Error::new_spanned(signature.fn_token, text));
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
        let text = "a result cannot be a borrow, because what it points to exists only in the job: return a \
                    value, such as a `Vec` or a `String`";
        return Err(Error::new_spanned(borrow, text));
    }
    if let Some(opaque) = part(of, is_opaque) {
        let text = "the caller has to know the type of the result: name it instead of `impl Trait`";
        return Err(Error::new_spanned(opaque, text));
    }
    Ok(())
}

fn check_argument(of: &Type) -> Result<()> {
    if let Some(opaque) = part(of, is_opaque) {
        let text = "the job has to know the type of an argument: use a type parameter with the bound \
                    `guest_runtime::Message` instead of `impl Trait`";
        return Err(Error::new_spanned(opaque, text));
    }
    let value = match of {
        Type::Reference(borrow) => {
            if borrow.mutability.is_some()
                && matches!(&*borrow.elem, Type::Path(path) if path.path.is_ident("str"))
            {
                let text = "a `str` cannot be lent mutably, because it cannot get a text of another length: lend \
                            a `&mut String`";
                return Err(Error::new_spanned(of, text));
            }
            &borrow.elem
        }
        of => of,
    };
    if let Some(borrow) = part(value, is_borrow) {
        let text = "a borrow inside of a value cannot be sent: only the argument itself may be one, such as `&T`, \
                    `&mut T` or `&[T]`; use an owned type inside, such as `String` or `Vec`";
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
    children(of, |_| true).into_iter().find_map(|of| part(of, is))
}

/// Returns the smallest parts of a type that have to be messages, if those are not the type itself.
pub(super) fn parts(of: &Type) -> Vec<Type> {
    // What is lent may be more than a message: a slice, a text or a shared value.
    if let Type::Reference(borrow) = of {
        return parts(&borrow.elem);
    }
    let is_container = |name: &str| CONTAINERS.contains(&name);
    children(of, is_container)
        .into_iter()
        .flat_map(|child| {
            let parts = parts(child);
            if parts.is_empty() && is_sized(child) { vec![child.clone()] } else { parts }
        })
        .collect()
}

/// Returns whether a type may be one of a value: a `Box` may be one of a slice or a text.
fn is_sized(of: &Type) -> bool {
    !matches!(of, Type::Slice(_) | Type::ImplTrait(_))
        && !matches!(of, Type::Path(path) if path.path.is_ident("str"))
}

/// Returns the types within a type, and of a type with a name only if it is one of these.
fn children(of: &Type, is: impl Fn(&str) -> bool) -> Vec<&Type> {
    match of {
        Type::Array(array) => vec![&array.elem],
        Type::Group(group) => vec![&group.elem],
        Type::Paren(paren) => vec![&paren.elem],
        Type::Reference(borrow) => vec![&borrow.elem],
        Type::Slice(slice) => vec![&slice.elem],
        Type::Tuple(tuple) => tuple.elems.iter().collect(),
        Type::Path(path) => {
            let segments = path.path.segments.iter().filter(|segment| is(&segment.ident.to_string()));
            let arguments = segments.filter_map(|segment| match &segment.arguments {
                PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
                _ => None,
            });
            arguments
                .flatten()
                .filter_map(|argument| match argument {
                    GenericArgument::Type(of) => Some(of),
                    _ => None,
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens as _;
    use syn::parse_quote;

    use super::*;

    #[test]
    fn the_parts_of_a_type_are_the_smallest() {
        let parts =
            |of: Type| parts(&of).iter().map(|of| of.to_token_stream().to_string()).collect::<Vec<_>>();
        assert_eq!(parts(parse_quote!(Result<u64, io::Error>)), ["u64", "io :: Error"]);
        assert_eq!(parts(parse_quote!(Vec<Option<(u8, [Rc<A>; 2])>>)), ["u8", "Rc < A >"]);
        assert_eq!(parts(parse_quote!(&mut [Rc<A>])), ["Rc < A >"]);
        assert_eq!(parts(parse_quote!(Box<[A]>)), ["A"]);
        for whole in [parse_quote!(A), parse_quote!(&Shared<A>), parse_quote!(My<A>), parse_quote!(&str)] {
            assert!(parts(whole).is_empty());
        }
    }
}
