//! What a module imports and re-exports, as its tokens say.
//!
//! Every path that begins with `crate`, `super`, `self` or a child module counts, in a `use`, in code or in a
//! macro's arguments; tests may import what they like, and are left out.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens as _;

use super::lists::Crate;
use super::rules::{group, is_punct};
use super::source::Source;

/// A path from the crate root, without the `crate`.
pub(crate) type Path = Vec<String>;

/// Something that a module names.
pub(crate) struct Import {
    pub(crate) line: usize,
    pub(crate) path: Path,
}

/// The file's path in the crate's `src`, if it is there.
pub(crate) fn file_in<'a>(list: &Crate, source: &'a Source) -> Option<&'a str> {
    source.path.strip_prefix(list.src)?.strip_prefix('/')
}

/// The module that a file of `src` is; nothing for the root.
pub(crate) fn module(file: &str) -> Path {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    if ["lib", "main"].contains(&path) { Vec::new() } else { path.split('/').map(str::to_owned).collect() }
}

/// The names that a module re-exports, and where they come from.
pub(crate) fn exports(items: &[syn::Item], module: &[String]) -> BTreeMap<String, Path> {
    let children = children(items);
    let mut names = BTreeMap::new();
    for item in items {
        if let syn::Item::Use(item) = item
            && !matches!(item.vis, syn::Visibility::Inherited)
        {
            collect(&item.tree, Vec::new(), &mut |name, path| {
                // One of another crate stays as it is.
                let path = from_root(&path, module, &children).unwrap_or(path);
                names.insert(name, path);
            });
        }
    }
    names
}

/// Calls `found` with each name that a tree of `use` brings, and its path as it is written.
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

/// The path from the root, or `None` for one of another crate. The root's own paths begin with its modules.
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

/// What these items of a module name, but for what they only re-export.
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

/// Whether a `use` brings names for others, and this module uses none of them itself.
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

/// The modules that these items declare in files of their own.
fn children(items: &[syn::Item]) -> BTreeSet<String> {
    let declared = items.iter().filter_map(|item| match item {
        syn::Item::Mod(syn::ItemMod { ident, content: None, .. }) => Some(ident.to_string()),
        _ => None,
    });
    declared.collect()
}

/// Finds the paths into the crate, at every depth.
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

/// Follows a path over what stands behind its last word: `::a`, `::{a, b::c}`, `::*` or its end.
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

/// Whether this goes on with `::`.
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
