//! The tests that GUARANTEES.md names exist.
//!
//! A guarantee needs a test, and a renamed test must be renamed on the page too.

use super::source::{Problem, Source};

/// The test binaries by cargo's name, each with the folder of its sources.
const BINARIES: [(&str, &str); 5] = [
    ("it", "tests/it"),
    ("library", "host/lib/tests/library"),
    ("loom", "host/scheduler/tests/loom"),
    ("model", "host/scheduler/tests/model"),
    ("shuttle", "host/scheduler/tests/shuttle"),
];

const HOSTILE: &str = "host/cli/tests/hostile/";

/// Checks each row of each table of guarantees: it has a bound, and its tests exist.
pub(crate) fn have_tests(document: &str, sources: &[Source]) -> Vec<Problem> {
    let problem = |line: usize, what: String| Problem { path: "GUARANTEES.md".to_owned(), line, what };
    let mut problems = Vec::new();
    for (index, line) in document.lines().enumerate() {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let is_row = line.starts_with('|') && !cells.contains(&"---") && !cells.contains(&"guarantee");
        if !is_row {
            continue;
        }
        let [guarantee, bound, tests] = cells[..] else {
            problems.push(problem(index + 1, "a row has a guarantee, a bound and tests".to_owned()));
            continue;
        };
        if guarantee.is_empty() || bound.is_empty() {
            problems.push(problem(index + 1, "say what is guaranteed, and its bound".to_owned()));
        }
        let named: Vec<_> = tests.split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            problems.push(problem(index + 1, "name a test that shows it".to_owned()));
        }
        let missing = named.into_iter().filter(|test| !exists(test, sources));
        problems.extend(missing.map(|test| problem(index + 1, format!("there is no test `{test}`"))));
    }
    problems
}

/// Returns whether a test with this name exists, as `binary::module::function` or `hostile::number`.
fn exists(test: &str, sources: &[Source]) -> bool {
    if let Some(number) = test.strip_prefix("hostile::") {
        let entry = format!("number: {number},");
        return sources.iter().any(|source| source.path.starts_with(HOSTILE) && source.text.contains(&entry));
    }
    let Some((path, function)) = test.rsplit_once("::") else { return false };
    let (binary, module) = path.split_once("::").unwrap_or((path, ""));
    let Some((_, folder)) = BINARIES.iter().find(|(name, _)| *name == binary) else { return false };
    // A module is a file; tests outside of modules are in `main.rs`.
    let module = module.replace("::", "/");
    let file = match module.as_str() {
        "" => format!("{folder}/main.rs"),
        module => format!("{folder}/{module}.rs"),
    };
    let declaration = format!("#[test]\nfn {function}()");
    sources.iter().any(|source| source.path == file && source.text.contains(&declaration))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(row: &str) -> Vec<String> {
        let sources = [
            Source::new("tests/it/limit.rs", "#[test]\nfn time_of_the_run() {}\nfn helper() {}"),
            Source::new("host/scheduler/tests/loom/main.rs", "#[test]\nfn claimed() {}"),
            Source::new(
                "host/cli/tests/hostile/trees.rs",
                "const A: Case = Case { number: 14, name: \"a\" };",
            ),
        ];
        let document = format!("# Guarantees\n\n| guarantee | bound | tests |\n| --- | --- | --- |\n{row}\n");
        have_tests(&document, &sources).into_iter().map(|problem| problem.what).collect()
    }

    #[test]
    fn a_row_with_its_tests_is_fine() {
        let row = "| A run ends. | 1 ms | `it::limit::time_of_the_run`, `loom::claimed`, `hostile::14` |";
        assert_eq!(problems(row), [""; 0]);
    }

    #[test]
    fn a_test_that_is_not_there_is_found() {
        for test in
            ["it::limit::helper", "it::limit::time", "it::other::time_of_the_run", "hostile::1", "loom"]
        {
            let found = problems(&format!("| A run ends. | 1 ms | `{test}` |"));
            assert_eq!(found, [format!("there is no test `{test}`")]);
        }
    }

    #[test]
    fn a_row_without_a_bound_or_a_test_is_found() {
        assert_eq!(problems("| A run ends. | | `hostile::14` |"), ["say what is guaranteed, and its bound"]);
        assert_eq!(problems("| A run ends. | 1 ms | |"), ["name a test that shows it"]);
        assert_eq!(problems("| A run ends. |"), ["a row has a guarantee, a bound and tests"]);
    }
}
