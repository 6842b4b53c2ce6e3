//! Imports run one way: a module imports only modules after it in its crate's list.
//!
//! Every path that begins with `crate` or `super` counts, in a `use`, in code or in the arguments of a macro.
//! Tests may import anything. A re-export of the crate root counts as the module that it comes from.

use std::collections::BTreeMap;

use super::imports::{self, Path, file_in, module};
use super::lists::Crate;
use super::source::{Problem, Source};

pub(crate) fn imports_run_one_way(list: &Crate, sources: &[Source]) -> Vec<Problem> {
    let files = || sources.iter().filter_map(|source| Some((source, file_in(list, source)?)));
    let root = files().find(|(_, file)| *file == "lib.rs");
    let root = root.map(|(source, _)| imports::exports(&source.syntax.items, &[]));
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
        let imports = imports::imports(&source.without_tests().items, &module);
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
pub(crate) fn place(list: &Crate, path: &[String]) -> Option<usize> {
    let begins = |entry: &str| {
        let mut rest = path.iter();
        entry.split("::").all(|name| rest.next().is_some_and(|part| part == name))
    };
    let entries = list.order.iter().enumerate().filter(|(_, entry)| begins(entry));
    entries.max_by_key(|(_, entry)| entry.len()).map(|(place, _)| place)
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
