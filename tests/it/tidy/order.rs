//! Imports run one way: a module imports only modules after it in its crate's list.
//!
//! Every path that begins with `crate` or `super` counts, in a `use`, in code or in the arguments of a macro.
//! Tests may import anything. A re-export of the crate root counts as the module that it comes from.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens as _;

use super::lists::Crate;
use super::rules::{group, is_punct};
use super::source::{Problem, Source};

/// A path from the crate root, without the `crate`.
type Path = Vec<String>;

/// A path that a module uses.
struct Import {
    line: usize,
    path: Path,
}

pub(crate) fn imports_run_one_way(list: &Crate, sources: &[Source]) -> Vec<Problem> {
    let files = || sources.iter().filter_map(|source| Some((source, file_in(list, source)?)));
    let root = files().find(|(_, file)| *file == "lib.rs").map(|(source, _)| exports(source));
    let root = root.unwrap_or_default();
    let mut problems = Vec::new();
    for (source, file) in files() {
        let module = module(file);
        if source.is_test() || module.is_empty() {
            continue;
        }
        if place(list, &module).is_none() {
            let what =
                format!("a new module: add `{}` to tests/it/tidy/lists.rs, where it belongs", module[0]);
            problems.push(source.problem(1, what));
        }
        let imports = imports(&source.without_tests().items, &module);
        let wrong = imports.into_iter().filter_map(|import| {
            let what = what_is_wrong(list, &root, file, &module, &import.path)?;
            Some(source.problem(import.line, what))
        });
        problems.extend(wrong);
    }
    problems
}

/// Returns why this module may not use this path, if so.
fn what_is_wrong(
    list: &Crate,
    root: &BTreeMap<String, Path>,
    file: &str,
    module: &[String],
    path: &[String],
) -> Option<String> {
    let name = path.first()?;
    if name == "bindings" && !list.bindings.contains(&file) {
        let files = list.bindings.join(", ");
        return Some(format!("only these name `bindings`: {files}; use their types, or add this file"));
    }
    let (to, name) = match (place(list, path), root.get(name)) {
        (Some(place), _) => (place, path.join("::")),
        // A re-export of another crate has no position in the list.
        (None, Some(path)) => (place(list, path)?, path.join("::")),
        (None, None) => {
            return Some(format!("`{name}` belongs to the crate root: import it from the module it is in"));
        }
    };
    let from = place(list, module)?;
    let module = module.join("::");
    (to < from).then(|| {
        format!(
            "`{module}` imports `{name}`, which stands above it in tests/it/tidy/lists.rs: move the code, \
             or the module in that list"
        )
    })
}

/// Returns the position of this path in the list, by the longest entry that is a prefix of it.
fn place(list: &Crate, path: &[String]) -> Option<usize> {
    let begins = |entry: &str| {
        let mut rest = path.iter();
        entry.split("::").all(|name| rest.next().is_some_and(|part| part == name))
    };
    let entries = list.order.iter().enumerate().filter(|(_, entry)| begins(entry));
    entries.max_by_key(|(_, entry)| entry.len()).map(|(place, _)| place)
}

/// Returns the file's path relative to the crate's `src`, if it is there.
fn file_in<'a>(list: &Crate, source: &'a Source) -> Option<&'a str> {
    source.path.strip_prefix(list.src)?.strip_prefix('/')
}

/// Returns the module of a file of `src`; empty for the root.
fn module(file: &str) -> Path {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    if ["lib", "main"].contains(&path) { Vec::new() } else { path.split('/').map(str::to_owned).collect() }
}

/// Returns the names that a crate root re-exports, and the modules they come from.
fn exports(source: &Source) -> BTreeMap<String, Path> {
    fn collect(tree: &syn::UseTree, mut path: Path, names: &mut BTreeMap<String, Path>) {
        match tree {
            syn::UseTree::Path(tree) => {
                path.extend((tree.ident != "crate" && tree.ident != "self").then(|| tree.ident.to_string()));
                collect(&tree.tree, path, names);
            }
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|tree| collect(tree, path.clone(), names));
            }
            syn::UseTree::Name(name) => {
                path.push(name.ident.to_string());
                names.insert(name.ident.to_string(), path);
            }
            syn::UseTree::Rename(rename) => {
                path.push(rename.ident.to_string());
                names.insert(rename.rename.to_string(), path);
            }
            syn::UseTree::Glob(_) => {}
        }
    }
    let mut names = BTreeMap::new();
    for item in &source.syntax.items {
        if let syn::Item::Use(item) = item {
            collect(&item.tree, Vec::new(), &mut names);
        }
    }
    names
}

/// Returns the paths that these items of a module use.
fn imports(items: &[syn::Item], module: &[String]) -> Vec<Import> {
    let mut found = Vec::new();
    for item in items {
        match item {
            syn::Item::Mod(syn::ItemMod { ident, content: Some((_, items)), .. }) => {
                let child = [module, &[ident.to_string()]].concat();
                found.extend(imports(items, &child));
            }
            item => scan(item.to_token_stream(), module, &mut found),
        }
    }
    found
}

/// Finds the paths that begin with `crate` or `super`, at every depth.
fn scan(tokens: TokenStream, module: &[String], found: &mut Vec<Import>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        let begins =
            is_path(&tokens[index + 1..]) && !tokens[..index].last().is_some_and(|t| is_punct(t, ':'));
        match token {
            TokenTree::Group(group) => scan(group.stream(), module, found),
            TokenTree::Ident(word) if begins && (word == "crate" || word == "super") => {
                let path = if word == "crate" { Path::new() } else { parent(module) };
                follow(word.span().start().line, &tokens[index + 1..], path, found);
            }
            _ => {}
        }
    }
}

/// Follows a path through the tokens after its last word: `::a`, `::{a, b::c}`, `::*` or its end.
fn follow(line: usize, tokens: &[TokenTree], path: Path, found: &mut Vec<Import>) {
    if let [_, _, next, rest @ ..] = tokens
        && is_path(tokens)
    {
        if let Some(branches) = group(next, Delimiter::Brace) {
            let branches: Vec<_> = branches.into_iter().collect();
            for branch in branches.split(|token| is_punct(token, ',')) {
                if let [TokenTree::Ident(name), rest @ ..] = branch {
                    follow(name.span().start().line, rest, extend(&path, name), found);
                }
            }
            return;
        }
        if let TokenTree::Ident(name) = next {
            return follow(line, rest, extend(&path, name), found);
        }
    }
    found.push(Import { line, path });
}

/// Returns whether the tokens continue with `::`.
fn is_path(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [first, second, _, ..] if is_punct(first, ':') && is_punct(second, ':'))
}

fn extend(path: &[String], name: &Ident) -> Path {
    match name.to_string().as_str() {
        "super" => parent(path),
        "self" => path.to_vec(),
        name => [path, &[name.to_owned()]].concat(),
    }
}

fn parent(path: &[String]) -> Path {
    path[..path.len().saturating_sub(1)].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: Crate = Crate {
        src: "a/src",
        order: &["top", "middle", "middle::leaf", "bindings"],
        bindings: &["middle.rs"],
    };

    /// Returns the problems of a file of a crate that re-exports `Top` from `top` and all of `slab`.
    fn problems(file: &str, text: &str) -> Vec<String> {
        let root = "mod top; pub use top::Top; pub use slab; pub fn root() {}";
        let sources = [Source::new("a/src/lib.rs", root), Source::new(&format!("a/src/{file}"), text)];
        imports_run_one_way(&LIST, &sources).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn imports_from_below_are_fine() {
        for (file, text) in [
            ("top.rs", "use crate::middle::{A, leaf::B}; fn f() { crate::middle::leaf::C; }"),
            ("middle.rs", "use crate::bindings::A; use crate::middle::B; use leaf::C; pub(crate) struct D;"),
            ("middle/other.rs", "use super::A; use super::leaf::B; use crate::middle::C; use crate::slab;"),
            ("middle/leaf.rs", "pub(super) struct A; pub(in crate::middle::leaf) struct B;"),
            ("middle.rs", "#[cfg(test)] mod tests { use crate::top::A; use super::*; }"),
            ("middle.rs", "mod inner { use super::A; use super::super::middle::B; }"),
            ("middle/tests.rs", "use crate::top::A;"),
            ("top.rs", "use crate::Top; use other::crate_name; use self::A;"),
        ] {
            assert_eq!(problems(file, text), [""; 0], "{file}: {text}");
        }
    }

    #[test]
    fn imports_from_above_are_found() {
        for (file, text) in [
            ("middle.rs", "use crate::top::A;"),
            ("middle.rs", "use super::top::A;"),
            ("middle.rs", "use crate::{\nmiddle::B, top};"),
            ("middle.rs", "use crate::Top;"),
            ("middle.rs", "fn f(a: Vec<crate::top::A>) {}"),
            ("middle.rs", "fn f() { println!(\"{}\", crate::top::A) }"),
            ("middle/other.rs", "use super::super::top::A;"),
            ("middle.rs", "mod inner { use super::super::top::A; }"),
        ] {
            let found = problems(file, text);
            assert_eq!(found.len(), 1, "{file}: {text}: {found:?}");
            assert!(found[0].contains("stands above it"), "{found:?}");
        }
    }

    #[test]
    fn a_child_with_a_place_of_its_own_does_not_import_its_parent() {
        assert!(
            problems("middle/leaf.rs", "use super::A;")[0].contains("`middle::leaf` imports `middle::A`")
        );
    }

    #[test]
    fn the_line_is_that_of_the_name() {
        assert!(
            problems("middle.rs", "use crate::{\nmiddle::B,\ntop};")[0].starts_with("a/src/middle.rs:3:")
        );
    }

    #[test]
    fn unlisted_modules_are_found() {
        assert!(problems("new.rs", "")[0].contains("add `new`"));
        assert!(
            problems("top.rs", "use crate::bindings::A;")[0]
                .contains("only these name `bindings`: middle.rs")
        );
        assert!(problems("top.rs", "use crate::root;")[0].contains("`root` belongs to the crate root"));
    }
}
