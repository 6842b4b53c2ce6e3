//! `par!`: a job from an `async` block, and a list of the variables that the block uses.
//!
//! The block becomes a closure whose argument is the tuple of the list, so it captures nothing and runs in any
//! instance. The closure is `move`, although there is nothing to move: a variable that the list lacks is then
//! moved into the closure, and `guest_runtime` recognizes that by its type. A closure that borrows the variable
//! would be an error about lifetimes, which does not mention the list.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprAsync, Result, Token, bracketed, token};

use crate::parallel::{MOST_ARGUMENTS, one_or_tuple};

const FORM: &str =
    "`par!` takes a list of variables and an `async` block: `par!([&a, &mut b, c] async { .. })`";
const ENTRY: &str = "an entry of the list is a variable, `&` or `&mut` of one, or `name = value`";

pub(crate) fn expand(input: TokenStream) -> Result<TokenStream> {
    let Input { runtime, list, block } = syn::parse2(input)?;
    if list.len() > MOST_ARGUMENTS {
        let text = format!("`par!` takes up to {MOST_ARGUMENTS} variables: put some into a struct");
        return Err(Error::new(list[MOST_ARGUMENTS].name.span(), text));
    }
    let patterns = list.iter().map(Entry::pattern);
    let arguments = list.iter().enumerate().map(|(index, entry)| entry.argument(index, &runtime));
    let (pattern, argument) = (one_or_tuple(patterns), one_or_tuple(arguments));
    let values = list.iter().enumerate().filter_map(|(index, entry)| entry.value(index));
    let (names, values): (Vec<_>, Vec<_>) = values.unzip();
    let (start, body) = (&block.async_token, &block.block);
    // The inner block makes the closure take all of a borrow that the list lacks, and not what that points to.
    let closure =
        quote_spanned!(body.brace_token.span.join()=> #start move |#pattern| { #start move #body.await });
    let job = quote!(#runtime::__private::job(#argument, #closure));
    // A `match` keeps what the values borrow until the end of the statement around it.
    Ok(if names.is_empty() { job } else { quote!(match (#(#values,)*) { (#(#names,)*) => #job }) })
}

/// What `par!` is called with. Its first token is the path of the crate, from `macro_rules`.
struct Input {
    runtime: TokenTree,
    list: Vec<Entry>,
    block: ExprAsync,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let runtime = input.parse()?;
        let list = if input.peek(token::Bracket) {
            let list;
            bracketed!(list in input);
            Punctuated::<Entry, Token![,]>::parse_terminated(&list)?.into_iter().collect()
        } else {
            Vec::new()
        };
        // `par!([a], async {})` is an easy mistake, and a harmless one.
        input.parse::<Option<Token![,]>>()?;
        if !input.peek(Token![async]) {
            return Err(Error::new(input.span(), FORM));
        }
        let block = input.parse().map_err(|error| Error::new(error.span(), FORM))?;
        if !input.is_empty() {
            return Err(Error::new(input.span(), FORM));
        }
        Ok(Self { runtime, list, block })
    }
}

/// An entry of the list: a value for the job, and its name in the block.
struct Entry {
    name: Ident,
    how: How,
}

enum How {
    /// `name`, or `mut name`: moved, unless the variable is a borrow itself.
    Move(Option<Token![mut]>),
    /// `&name`
    Lend(Token![&]),
    /// `&mut name`
    LendMut(Token![&], Token![mut]),
    /// `name = value`, which is one of the above.
    Value(Expr),
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let borrow: Option<Token![&]> = input.parse()?;
        let mutable: Option<Token![mut]> = input.parse()?;
        if input.peek(Token![self]) {
            let text =
                "`self` needs another name in the job: `[this = &self]`, or `[name = self.name]` for a part";
            return Err(input.error(text));
        }
        let name = input.parse().map_err(|error| Error::new(error.span(), ENTRY))?;
        let how = match (borrow, mutable) {
            (None, None) if input.parse::<Option<Token![=]>>()?.is_some() => How::Value(input.parse()?),
            (None, mutable) => How::Move(mutable),
            (Some(borrow), None) => How::Lend(borrow),
            (Some(borrow), Some(mutable)) => How::LendMut(borrow, mutable),
        };
        if input.peek(Token![.]) {
            return Err(
                input.error(format!("a value that is not a variable needs a name: `[name = {name}. ..]`"))
            );
        }
        if !input.is_empty() && !input.peek(Token![,]) {
            return Err(input.error(ENTRY));
        }
        Ok(Self { name, how })
    }
}

impl Entry {
    /// Returns the pattern by which the block gets it.
    fn pattern(&self) -> TokenStream {
        let name = &self.name;
        match &self.how {
            How::Move(mutable) => quote!(#mutable #name),
            How::Lend(_) | How::LendMut(..) | How::Value(_) => quote!(#name),
        }
    }

    /// Returns the argument of the job. The span makes one that cannot be sent an error at its entry.
    fn argument(&self, index: usize, runtime: &TokenTree) -> TokenStream {
        let name = &self.name;
        let kind_of = quote_spanned!(name.span()=> #runtime::__private::kind_of);
        match &self.how {
            How::Move(_) => quote_spanned!(name.span()=> #kind_of(&#name).take(#name)),
            // The variable is borrowed once only, so that a borrow that is refused is one error.
            How::Lend(and) => {
                quote_spanned!(name.span()=> match #and #name { borrow => #kind_of(&borrow).lend(borrow) })
            }
            How::LendMut(and, mutable) => quote_spanned! {name.span()=>
                match #and #mutable #name { borrow => #kind_of(&borrow).lend_mut(borrow) }
            },
            How::Value(_) => {
                let value = value_name(index);
                quote_spanned!(name.span()=> #kind_of(&#value).take(#value))
            }
        }
    }

    /// Returns the value that is evaluated first, and a name for it that no variable has.
    fn value(&self, index: usize) -> Option<(Ident, &Expr)> {
        match &self.how {
            How::Value(value) => Some((value_name(index), value)),
            _ => None,
        }
    }
}

fn value_name(index: usize) -> Ident {
    format_ident!("value_{index}", span = Span::mixed_site())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(input: TokenStream) -> String {
        expand(quote!(guest_runtime #input)).unwrap_err().to_string()
    }

    #[test]
    fn a_wrong_list_is_an_error_with_its_form() {
        assert_eq!(error(quote!([a] { 1 })), FORM);
        assert_eq!(error(quote!([a] || 1)), FORM);
        assert_eq!(error(quote!([a] async { 1 } + 1)), FORM);
        assert_eq!(error(quote!([1] async {})), ENTRY);
        assert_eq!(error(quote!([*a] async {})), ENTRY);
        assert_eq!(error(quote!([&a = b] async {})), ENTRY);
        assert!(error(quote!([&a.b] async {})).contains("[name = a. ..]"));
        assert!(error(quote!([&mut self] async {})).contains("`self` needs another name"));
        assert!(error(quote!([a, b, c, d, e, f, g, h, i] async {})).contains("up to 8 variables"));
    }

    #[test]
    fn the_block_becomes_a_closure() {
        let job =
            expand(quote!(guest_runtime [&a, mut b] async { a + b })).expect("this is a job").to_string();
        assert!(job.ends_with("async move | (a , mut b ,) | { async move { a + b } . await })"), "{job}");
        let job = expand(quote!(guest_runtime async move { 1 })).expect("this is a job").to_string();
        assert_eq!(
            job,
            "guest_runtime :: __private :: job (() , async move | () | { async move { 1 } . await })"
        );
    }
}
