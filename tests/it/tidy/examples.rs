//! Every public item of a library has an example in its documentation.

use quote::ToTokens as _;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Visibility};

use super::lists::WITHOUT_EXAMPLE;
use super::source::{Problem, Source};

/// The libraries. `unreachable_pub` finds `pub` items that are not reachable; items that are reachable but
/// have no name outside are marked with `expect(unnameable_types)`.
const LIBRARIES: &[&str] = &["guest-runtime/src/", "host/lib/src/"];

pub(crate) fn public_items_have_examples(source: &Source) -> Vec<Problem> {
    if !LIBRARIES.iter().any(|library| source.path.starts_with(library)) || source.is_test() {
        return Vec::new();
    }
    let mut items = Items(Vec::new());
    items.visit_file(&source.without_tests());
    let problem = |(name, line): (String, usize)| {
        source.problem(line, format!("`{name}` is public: show in its documentation how to use it"))
    };
    items.0.into_iter().filter(|(name, _)| !WITHOUT_EXAMPLE.contains(&name.as_str())).map(problem).collect()
}

/// Returns the public items without an example, each with its line.
struct Items(Vec<(String, usize)>);

impl Items {
    fn look(&mut self, visibility: &Visibility, attributes: &[Attribute], name: &syn::Ident) {
        let is_public = matches!(visibility, Visibility::Public(_)) && !is_unnameable(attributes);
        if is_public && !has_example(attributes) {
            self.0.push((name.to_string(), name.span().start().line));
        }
    }
}

fn is_unnameable(attributes: &[Attribute]) -> bool {
    let text = |attribute: &Attribute| attribute.meta.to_token_stream().to_string();
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("expect") && text(attribute).contains("unnameable_types"))
}

fn has_example(attributes: &[Attribute]) -> bool {
    let docs = attributes.iter().filter(|attribute| attribute.path().is_ident("doc"));
    docs.into_iter().any(|doc| match &doc.meta {
        Meta::NameValue(pair) => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
                text.value().contains("```") || text.value().contains("See [the module]")
            }
            _ => false,
        },
        list => list.to_token_stream().to_string().contains("hidden"),
    })
}

impl<'ast> Visit<'ast> for Items {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.look(&item.vis, &item.attrs, &item.sig.ident);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.look(&item.vis, &item.attrs, &item.ident);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.look(&item.vis, &item.attrs, &item.ident);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.look(&item.vis, &item.attrs, &item.ident);
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.look(&item.vis, &item.attrs, &item.ident);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.look(&item.vis, &item.attrs, &item.sig.ident);
        visit::visit_impl_item_fn(self, item);
    }
}

#[test]
fn an_item_without_an_example_is_found() {
    let bad =
        "//! x\n/// Does it.\npub fn f() {}\n/// ```\n/// g();\n/// ```\npub fn g() {}\npub(crate) fn h() {}";
    let problems = public_items_have_examples(&Source::new("host/lib/src/x.rs", bad));
    assert_eq!(problems.len(), 1);
    assert!(problems[0].to_string().contains("`f` is public"), "{}", problems[0]);
    let unnameable = "//! x\n#[expect(unnameable_types, reason = \"y\")]\npub struct S;\npub struct T;";
    let problems = public_items_have_examples(&Source::new("host/lib/src/x.rs", unnameable));
    assert_eq!(problems.len(), 1);
    assert!(problems[0].to_string().contains("`T` is public"), "{}", problems[0]);
}
