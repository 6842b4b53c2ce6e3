//! Files of a crate do not import each other in a circle.
//!
//! Of two files in a circle, neither can be read, tested or moved without the other. A parent may use its
//! children, or children may use their parent, but not both: items that both need belong in a file of their
//! own.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::imports::{self, Import, Path, file_in, module};
use super::lists::Crate;
use super::source::{Problem, Source};

/// The files of a crate, by module.
struct Files<'a>(BTreeMap<Path, File<'a>>);

struct File<'a> {
    source: &'a Source,
    imports: Vec<Import>,
    exports: BTreeMap<String, Path>,
}

pub(crate) fn files_import_in_no_circle(list: &Crate, sources: &[Source]) -> Vec<Problem> {
    let files = Files::of(list, sources);
    let mut problems = Vec::new();
    for (module, File { source, .. }) in &files.0 {
        for (target, line) in files.imported_by(module) {
            if let Some(way) = files.way(&target, module) {
                let circle = [module].into_iter().chain(&way).map(|module| module.join("/"));
                let circle = circle.collect::<Vec<_>>().join(" -> ");
                let what = format!("a circle of imports, {circle}: move what both need to a file of its own");
                problems.push(source.problem(line, what));
            }
        }
    }
    problems
}

impl<'a> Files<'a> {
    fn of(list: &Crate, sources: &'a [Source]) -> Self {
        let files = sources.iter().filter(|source| !source.is_test()).filter_map(|source| {
            let module = module(file_in(list, source)?);
            // The root is not a part of circles: an import of a re-export is an import from the module that
            // declares it.
            let items = source.without_tests().items;
            let exports = imports::exports(&items, &module);
            let imports = if module.is_empty() { Vec::new() } else { imports::imports(&items, &module) };
            Some((module, File { source, imports, exports }))
        });
        Self(files.collect())
    }

    /// Returns the other files from which this one imports, each with the line of the first import.
    fn imported_by(&self, module: &Path) -> BTreeMap<Path, usize> {
        let mut found = BTreeMap::new();
        for Import { line, path } in &self.0[module].imports {
            let target = self.origin(path, &mut BTreeSet::new());
            if let Some(target) = target.filter(|target| target != module && !target.is_empty()) {
                found.entry(target).or_insert(*line);
            }
        }
        found
    }

    /// Returns the file that declares the item of this path, following re-exports.
    fn origin(&self, path: &[String], seen: &mut BTreeSet<Path>) -> Option<Path> {
        let len = (0..=path.len()).rev().find(|&len| self.0.contains_key(&path[..len]))?;
        let (module, rest) = path.split_at(len);
        let reexport = rest.first().and_then(|name| self.0[module].exports.get(name));
        match reexport {
            Some(origin) if seen.insert(path.to_vec()) => self.origin(&[origin, &rest[1..]].concat(), seen),
            _ => Some(module.to_vec()),
        }
    }

    /// Returns the shortest path of imports from one file to another, with both ends, if there is one.
    fn way(&self, from: &Path, to: &Path) -> Option<Vec<Path>> {
        let mut before = BTreeMap::from([(from.clone(), None)]);
        let mut next = VecDeque::from([from.clone()]);
        while let Some(module) = next.pop_front() {
            if module == *to {
                let ends = std::iter::successors(Some(module), |module| before[module].clone());
                let mut way: Vec<_> = ends.collect();
                way.reverse();
                return Some(way);
            }
            for (target, _) in self.imported_by(&module) {
                before.entry(target.clone()).or_insert_with(|| {
                    next.push_back(target);
                    Some(module.clone())
                });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the circles in a crate of these files, each as `line: a -> b -> a`.
    fn circles(files: &[(&str, &str)]) -> Vec<String> {
        let list = Crate { src: "a/src", order: &[], bindings: &[] };
        let sources: Vec<_> =
            files.iter().map(|(file, text)| Source::new(&format!("a/src/{file}"), text)).collect();
        let problem = |problem: Problem| {
            let circle = problem.what.strip_prefix("a circle of imports, ").unwrap();
            format!("{}: {}", problem.line, circle.split_once(':').unwrap().0)
        };
        files_import_in_no_circle(&list, &sources).into_iter().map(problem).collect()
    }

    const ROOT: (&str, &str) = ("lib.rs", "mod a; mod b; pub use a::A; pub use b::B;");

    #[test]
    fn two_files_and_three_are_found() {
        let two = [ROOT, ("a.rs", "//!\nuse crate::b::B;"), ("b.rs", "fn f() {\ncrate::a::g() }")];
        assert_eq!(circles(&two), ["2: a -> b -> a", "2: b -> a -> b"]);
        let three =
            [("a.rs", "use super::b::B;"), ("b.rs", "use crate::c::{C};"), ("c.rs", "type A = crate::a::A;")];
        assert_eq!(circles(&three).len(), 3);
    }

    #[test]
    fn a_parent_and_a_child_are_found() {
        let files = [("a.rs", "mod c; use c::C; struct A;"), ("a/c.rs", "use super::A;")];
        assert_eq!(circles(&files), ["1: a -> a/c -> a", "1: a/c -> a -> a/c"]);
    }

    #[test]
    fn what_is_only_handed_on_is_of_its_file() {
        let files =
            [ROOT, ("a.rs", "mod c; mod d; pub use c::C;"), ("a/c.rs", ""), ("a/d.rs", "use super::C;")];
        assert_eq!(circles(&files), [""; 0]);
        let files = [ROOT, ("a.rs", "use crate::B;"), ("b.rs", "use crate::A;")];
        assert_eq!(circles(&files).len(), 2, "by way of the root");
        let files = [("a.rs", "mod c; pub use c::C; fn f(c: C) {}"), ("a/c.rs", "use super::f;")];
        assert_eq!(circles(&files).len(), 2, "it is handed on and used");
    }

    #[test]
    fn tests_make_none() {
        let files =
            [ROOT, ("a.rs", "#[cfg(test)] mod tests { use crate::b::B; }"), ("b.rs", "use crate::a::A;")];
        assert_eq!(circles(&files), [""; 0]);
    }
}
