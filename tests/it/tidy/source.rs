//! The parsed Rust files of the workspace.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fmt, fs};

use syn::visit_mut::{self, VisitMut};

/// One file, by its path from the root of the workspace, with `/` on every system.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) syntax: syn::File,
}

/// A violation of a rule: where it is, what it is, and what to do.
pub(crate) struct Problem {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let syntax = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        Self { path: path.to_owned(), text: text.to_owned(), syntax }
    }

    pub(crate) fn problem(&self, line: usize, what: impl Into<String>) -> Problem {
        Problem { path: self.path.clone(), line, what: what.into() }
    }

    /// Returns whether the whole file is a test, or a program that only tests run.
    pub(crate) fn is_test(&self) -> bool {
        let mut folders = self.path.split('/');
        folders.any(|name| ["tests", "benches", "tests.rs"].contains(&name))
    }

    /// Returns the name of the example in this file, if it is one.
    pub(crate) fn example(&self) -> Option<&str> {
        let path = self.path.strip_prefix("examples/")?;
        let name = path.strip_suffix("/main.rs").or_else(|| path.strip_suffix(".rs"))?;
        (!name.contains('/')).then_some(name)
    }

    /// Returns the name of the guest in this file, if it is one. All packages build guests into one folder.
    pub(crate) fn guest(&self) -> Option<&str> {
        let packages = ["benches/src/bin/", "book/snippets/src/bin/", "tests/programs/src/bin/"];
        let name = packages.iter().find_map(|package| self.path.strip_prefix(package));
        name.and_then(|name| name.strip_suffix(".rs")).or_else(|| self.example())
    }

    /// Returns the file without items that are only compiled for tests.
    pub(crate) fn without_tests(&self) -> syn::File {
        let mut syntax = self.syntax.clone();
        if self.is_test() {
            syntax.items.clear();
        }
        RemoveTests.visit_file_mut(&mut syntax);
        syntax
    }
}

struct RemoveTests;

impl VisitMut for RemoveTests {
    fn visit_file_mut(&mut self, file: &mut syn::File) {
        file.items.retain(|item| !is_for_tests(item_attributes(item)));
        visit_mut::visit_file_mut(self, file);
    }

    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        if let Some((_, items)) = &mut module.content {
            items.retain(|item| !is_for_tests(item_attributes(item)));
        }
        visit_mut::visit_item_mod_mut(self, module);
    }

    fn visit_item_impl_mut(&mut self, block: &mut syn::ItemImpl) {
        block.items.retain(|item| match item {
            syn::ImplItem::Fn(function) => !is_for_tests(&function.attrs),
            _ => true,
        });
        visit_mut::visit_item_impl_mut(self, block);
    }
}

/// Returns whether one of these is `#[cfg(test)]`, or a `cfg` with `test` among other conditions.
fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).any(|attribute| {
        let condition = quote::ToTokens::to_token_stream(&attribute.meta).to_string();
        let mut words = condition.split(|c: char| !c.is_alphanumeric() && c != '_');
        words.any(|word| word == "test") && !condition.contains("not")
    })
}

fn item_attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Returns all Rust files of the workspace's members.
pub(crate) fn sources() -> Vec<Source> {
    let mut texts = BTreeMap::new();
    for member in members(&read("Cargo.toml")) {
        collect(&root().join(member), &mut texts);
    }
    assert!(texts.contains_key("tests/it/tidy/source.rs"), "the workspace was not found: {:?}", texts.keys());
    texts.iter().map(|(path, text)| Source::new(path, text)).collect()
}

/// Returns the text of a file, by its path from the root of the workspace.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("cannot read {path}: {error}"))
}

/// Returns the text of a file, if there is one at this path.
pub(crate) fn find(path: &str) -> Option<String> {
    fs::read_to_string(root().join(path)).ok()
}

/// Returns whether there is a file or a folder at this path.
pub(crate) fn exists(path: &str) -> bool {
    root().join(path).exists()
}

/// Returns the paths of all pages of documentation.
pub(crate) fn pages() -> Vec<String> {
    let mut pages = Vec::new();
    collect_pages(&root(), &mut pages);
    pages.sort();
    assert!(
        pages.iter().any(|page| page == "book/src/introduction.md"),
        "the pages were not found: {pages:?}"
    );
    pages
}

fn collect_pages(folder: &Path, pages: &mut Vec<String>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // The packages have links to wit/, whose pages are found once.
        let is_folder = path.is_dir() && !path.is_symlink();
        if is_folder && !["target", "node_modules"].contains(&&*name) && !name.starts_with('.') {
            collect_pages(&path, pages);
        } else if name.ends_with(".md") {
            pages.push(path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/"));
        }
    }
}

/// Replaces the text of a file of the workspace.
pub(crate) fn write(path: &str, text: &str) {
    fs::write(root().join(path), text).unwrap_or_else(|error| panic!("cannot write {path}: {error}"));
}

/// Determined at run time, because two checkouts may share a target folder.
fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("this test is run by cargo");
    Path::new(&package).join("..")
}

/// Returns the strings of the list `members` in the workspace's manifest.
fn members(manifest: &str) -> Vec<&str> {
    let list = manifest.split_once("members = [").and_then(|(_, rest)| rest.split_once(']'));
    let (list, _) = list.expect("Cargo.toml lists the members of the workspace");
    list.split('"').skip(1).step_by(2).collect()
}

fn collect(folder: &Path, texts: &mut BTreeMap<String, String>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            collect(&path, texts);
        } else if name.ends_with(".rs") {
            let from_root = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            texts.insert(from_root, fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn members_are_read_from_the_manifest() {
    assert_eq!(members("[workspace]\nmembers = [\n  \"a\",\n  \"b/c\",\n]\n"), ["a", "b/c"]);
}

#[test]
fn test_code_is_left_out() {
    let text = "fn a() {}
        #[cfg(test)] mod tests { fn b() {} }
        #[cfg(all(test, unix))] fn c() {}
        #[cfg(not(test))] fn d() {}
        mod inner { #[cfg(test)] use e::f; impl G { #[cfg(test)] fn h() {} fn i() {} } }";
    let rest = Source::new("host/lib/src/a.rs", text).without_tests();
    let rest = quote::ToTokens::to_token_stream(&rest).to_string();
    for (name, stays) in [("a", true), ("b", false), ("c", false), ("d", true), ("h", false), ("i", true)] {
        assert_eq!(rest.contains(&format!("fn {name}")), stays, "{name} in {rest}");
    }
    assert!(!rest.contains("use e"), "{rest}");
    assert!(Source::new("host/lib/src/a/tests.rs", text).without_tests().items.is_empty());
}
