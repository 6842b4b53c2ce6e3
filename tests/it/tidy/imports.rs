//! The imports and re-exports of a module, found in its tokens.
//!
//! Every path that begins with `crate`, `super`, `self` or a child module counts, in a `use`, in code or in the
//! arguments of a macro. Tests may import anything, and are ignored.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens as _;

use super::lists::Crate;
use super::rules::{group, is_punct};
use super::source::Source;

/// A path from the crate root, without the `crate`.
pub(crate) type Path = Vec<String>;

/// A path that a module names.
pub(crate) struct Import {
    pub(crate) line: usize,
    pub(crate) path: Path,
}

/// Returns the path of the file relative to `src` of the crate, if it is there.
pub(crate) fn file_in<'a>(list: &Crate, source: &'a Source) -> Option<&'a str> {
    source.path.strip_prefix(list.src)?.strip_prefix('/')
}

/// Returns the module of a file of `src`; the empty path for the root.
pub(crate) fn module(file: &str) -> Path {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    if ["lib", "main"].contains(&path) { Vec::new() } else { path.split('/').map(str::to_owned).collect() }
}

/// Returns the names that a module re-exports, and their origins.
pub(crate) fn exports(items: &[syn::Item], module: &[String]) -> BTreeMap<String, Path> {
    let children = children(items);
    let mut names = BTreeMap::new();
    for item in items {
        if let syn::Item::Use(item) = item
            && !matches!(item.vis, syn::Visibility::Inherited)
        {
            collect(&item.tree, Vec::new(), &mut |name, path| {
                // A path into another crate is not changed.
                let path = from_root(&path, module, &children).unwrap_or(path);
                names.insert(name, path);
            });
        }
    }
    names
}

/// Calls `found` with each name that a tree of `use` imports, and its path as written.
fn collect(tree: &syn::UseTree, mut path: Path, found: &mut impl FnMut(String, Path)) {
    match tree {
        syn::UseTree::Path(tree) => {
            path.push(tree.ident.to_string());
            collect(&tree.tree, path, found);
        }
        syn::UseTree::Group(group) => {
            group.items.iter().for_each(|tree| collect(tree, path.clone(), found));
        }
        syn::UseTree::Name(name) => {
            path.push(name.ident.to_string());
            found(name.ident.to_string(), path);
        }
        syn::UseTree::Rename(rename) => {
            path.push(rename.ident.to_string());
            found(rename.rename.to_string(), path);
        }
        syn::UseTree::Glob(_) => {}
    }
}

/// Returns the path from the crate root, or `None` for a path into another crate. Relative paths in the root
/// begin with its modules.
fn from_root(path: &[String], module: &[String], children: &BTreeSet<String>) -> Option<Path> {
    let (first, rest) = path.split_first()?;
    let start = match first.as_str() {
        "crate" => Path::new(),
        "self" => module.to_vec(),
        "super" => parent(module),
        name if children.contains(name) => extend_by(module, name),
        _ => return None,
    };
    Some(rest.iter().fold(start, |path, name| extend_by(&path, name)))
}

/// Returns the paths that these items of a module name, without those that they only re-export.
pub(crate) fn imports(items: &[syn::Item], module: &[String]) -> Vec<Import> {
    let children = children(items);
    let mut found = Vec::new();
    for item in items {
        match item {
            syn::Item::Mod(syn::ItemMod { ident, content: Some((_, items)), .. }) => {
                found.extend(imports(items, &extend_by(module, &ident.to_string())));
            }
            syn::Item::Use(item) if is_unused_reexport(item, items) => {}
            item => scan(item.to_token_stream(), module, &children, &mut found),
        }
    }
    found
}

/// Returns whether a `use` only re-exports names, which the module itself does not use.
fn is_unused_reexport(reexport: &syn::ItemUse, items: &[syn::Item]) -> bool {
    if matches!(reexport.vis, syn::Visibility::Inherited) {
        return false;
    }
    let mut words = BTreeSet::new();
    for item in items.iter().filter(|item| !matches!(item, syn::Item::Use(_))) {
        each_word(item.to_token_stream(), &mut |word| _ = words.insert(word.to_string()));
    }
    let mut is_used = false;
    collect(&reexport.tree, Vec::new(), &mut |name, _| is_used |= words.contains(&name));
    !is_used
}

fn each_word(tokens: TokenStream, found: &mut impl FnMut(&Ident)) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => each_word(group.stream(), found),
            TokenTree::Ident(word) => found(&word),
            _ => {}
        }
    }
}

/// Returns the modules that these items declare in files of their own.
fn children(items: &[syn::Item]) -> BTreeSet<String> {
    let declared = items.iter().filter_map(|item| match item {
        syn::Item::Mod(syn::ItemMod { ident, content: None, .. }) => Some(ident.to_string()),
        _ => None,
    });
    declared.collect()
}

/// Collects the paths into the crate, at every depth.
fn scan(tokens: TokenStream, module: &[String], children: &BTreeSet<String>, found: &mut Vec<Import>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        let begins =
            is_path(&tokens[index + 1..]) && !tokens[..index].last().is_some_and(|t| is_punct(t, ':'));
        match token {
            TokenTree::Group(group) => scan(group.stream(), module, children, found),
            TokenTree::Ident(word) if begins => {
                if let Some(path) = from_root(&[word.to_string()], module, children) {
                    follow(word.span().start().line, &tokens[index + 1..], path, found);
                }
            }
            _ => {}
        }
    }
}

/// Follows a path past its last word: `::a`, `::{a, b::c}`, `::*`, or the end of the path.
fn follow(line: usize, tokens: &[TokenTree], path: Path, found: &mut Vec<Import>) {
    if let [_, _, next, rest @ ..] = tokens
        && is_path(tokens)
    {
        if let Some(branches) = group(next, Delimiter::Brace) {
            let branches: Vec<_> = branches.into_iter().collect();
            for branch in branches.split(|token| is_punct(token, ',')) {
                if let [TokenTree::Ident(name), rest @ ..] = branch {
                    let path = extend_by(&path, &name.to_string());
                    follow(name.span().start().line, rest, path, found);
                }
            }
            return;
        }
        if let TokenTree::Ident(name) = next {
            return follow(line, rest, extend_by(&path, &name.to_string()), found);
        }
    }
    found.push(Import { line, path });
}

/// Returns whether the tokens continue with `::`.
fn is_path(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [first, second, _, ..] if is_punct(first, ':') && is_punct(second, ':'))
}

fn extend_by(path: &[String], name: &str) -> Path {
    match name {
        "super" => parent(path),
        "self" => path.to_vec(),
        name => [path, &[name.to_owned()]].concat(),
    }
}

fn parent(path: &[String]) -> Path {
    path[..path.len().saturating_sub(1)].to_vec()
}
