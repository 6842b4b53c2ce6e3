//! The `self` of a method, which has another name in the body, because a closure cannot have a `self`.

use proc_macro2::{Group, Ident, Literal, Span, TokenStream, TokenTree};
use syn::visit_mut::{VisitMut, visit_block_mut, visit_expr_mut};
use syn::{Block, Expr, Item, LitStr, Macro};

const NAME: &str = "__self";

/// Returns the name of `self` in the body.
pub(super) fn name(span: Span) -> Ident {
    Ident::new(NAME, span)
}

/// Replaces `self` in the body of a method.
pub(super) fn rename(body: &mut Block) {
    visit_block_mut(&mut Rename, body);
}

struct Rename;

impl VisitMut for Rename {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        match expression {
            Expr::Path(path) if path.path.is_ident("self") => {
                let this = &mut path.path.segments[0].ident;
                *this = name(this.span());
            }
            other => visit_expr_mut(self, other),
        }
    }

    fn visit_macro_mut(&mut self, call: &mut Macro) {
        call.tokens = renamed(call.tokens.clone());
    }

    // A nested item has a `self` of its own.
    fn visit_item_mut(&mut self, _item: &mut Item) {}
}

/// Replaces `self` in the tokens of a macro call, of which nothing else is known.
fn renamed(tokens: TokenStream) -> TokenStream {
    let mut tokens = tokens.into_iter().peekable();
    let mut renamed = TokenStream::new();
    while let Some(token) = tokens.next() {
        // `self::name` is a path.
        let is_path = matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == ':');
        renamed.extend([match token {
            TokenTree::Ident(this) if this == "self" && !is_path => name(this.span()).into(),
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), self::renamed(group.stream()));
                inner.set_span(group.span());
                inner.into()
            }
            TokenTree::Literal(literal) => in_format(&literal).unwrap_or(literal).into(),
            other => other,
        }]);
    }
    renamed
}

/// Returns the literal with another name for `self`, if it may be a format that shows it, as in `"{self:?}"`.
fn in_format(literal: &Literal) -> Option<Literal> {
    let text: LitStr = syn::parse2(TokenTree::from(literal.clone()).into()).ok()?;
    let text = text.value();
    let mut renamed = text.replace("{self}", &format!("{{{NAME}}}")).replace("{self:", &format!("{{{NAME}:"));
    // What is between two braces is no argument.
    renamed = renamed.replace(&format!("{{{{{NAME}"), "{{self");
    (renamed != text).then(|| {
        let mut literal_of = Literal::string(&renamed);
        literal_of.set_span(literal.span());
        literal_of
    })
}

#[cfg(test)]
mod tests {
    use quote::{ToTokens as _, quote};

    use super::*;

    #[test]
    fn every_use_of_self_is_renamed() {
        let mut body: Block = syn::parse_quote!({
            let x = self.a + Self::b(&self);
            println!("{self:?} {} {{self}}", self.c, { self });
            self::free(self);
            impl T for U {
                fn d(&self) {
                    self.e()
                }
            }
        });
        rename(&mut body);
        let expected = quote!({
            let x = __self.a + Self::b(&__self);
            println!("{__self:?} {} {{self}}", __self.c, { __self });
            self::free(__self);
            impl T for U {
                fn d(&self) {
                    self.e()
                }
            }
        });
        assert_eq!(body.into_token_stream().to_string(), expected.to_string());
    }
}
