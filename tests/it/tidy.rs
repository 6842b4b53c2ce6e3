//! Conventions of the repository, checked so that they need not be remembered.
//!
//! Every message says where the problem is, what it is, and what to do. Each rule has tests of its own next
//! to it, because a rule that finds nothing proves nothing.

mod source;
mod rules;
mod examples;
mod guarantees;
mod order;
mod circles;
mod map;
pub(crate) mod listings;
mod imports;
mod words;
mod figures;
mod links;
mod lists;

use source::{Problem, Source, exists, find, pages, read, sources, write};

#[test]
fn every_file_says_what_it_is() {
    each_file(rules::opens_with_docs);
}

#[test]
fn files_are_short() {
    each_file(rules::is_short);
}

#[test]
fn functions_are_short() {
    each_file(rules::functions_are_short);
}

#[test]
fn nothing_is_unwrapped_outside_tests() {
    each_file(rules::unwraps_nothing);
}

#[test]
fn names_are_imported_one_by_one() {
    each_file(rules::has_no_globs);
}

#[test]
fn every_exception_has_a_reason() {
    each_file(rules::gives_reasons);
}

#[test]
fn public_items_have_examples() {
    each_file(examples::public_items_have_examples);
}

#[test]
fn imports_run_one_way() {
    let sources = sources();
    check(lists::CRATES.iter().flat_map(|list| order::imports_run_one_way(list, &sources)));
}

#[test]
fn files_import_in_no_circle() {
    let sources = sources();
    check(lists::CRATES.iter().flat_map(|list| circles::files_import_in_no_circle(list, &sources)));
}

/// With `UPDATE_MAP`, which `cargo xtask map` sets, the test prints the map and writes it into the page.
#[test]
#[expect(clippy::print_stdout, reason = "`cargo xtask map` prints it")]
fn the_architecture_shows_the_map() {
    let map = map::map(&sources());
    let page = read(map::PAGE);
    if std::env::var_os("UPDATE_MAP").is_some() {
        write(map::PAGE, &map::put(&page, &map).expect("the page has <!-- map --> and <!-- /map -->"));
        println!("{map}");
    } else {
        check(map::is_shown(map::PAGE, &page, &map));
    }
}

/// `cargo xtask book` sets `UPDATE_BOOK`: then the pages are made to show the files.
#[test]
fn the_book_shows_the_files() {
    for path in pages().iter().filter(|path| path.starts_with("book/src/")) {
        let (page, file) = (read(path), |file: &str| read(&format!("book/src/{file}")));
        let shown = listings::put(&page, file);
        if std::env::var_os("UPDATE_BOOK").is_some() {
            write(path, &shown);
        } else {
            assert!(page == shown, "{path} shows files as they are not: run `cargo xtask book`");
        }
    }
}

#[test]
fn the_changelog_has_this_version() {
    check(rules::changelog_has_version(&read("CHANGELOG.md"), env!("CARGO_PKG_VERSION")));
}

#[test]
fn every_guarantee_has_a_test() {
    check(guarantees::have_tests(&read("GUARANTEES.md"), &sources()));
}

#[test]
fn every_example_is_listed() {
    let sources = sources();
    let examples: Vec<_> = sources.iter().filter_map(Source::example).collect();
    if !examples.is_empty() {
        check(rules::examples_are_listed(&read("examples/README.md"), &examples));
    }
}

#[test]
fn no_two_guests_have_one_name() {
    check(rules::guests_have_names_of_their_own(&sources()));
}

#[test]
fn names_and_comments_use_the_fields_words() {
    each_file(words::source_uses_the_fields_words);
}

#[test]
fn pages_use_the_fields_words() {
    check(pages().iter().flat_map(|path| words::page_uses_the_fields_words(path, &read(path))));
}

#[test]
fn links_between_pages_lead_somewhere() {
    let pages = pages().into_iter().map(|path| (path.clone(), read(&path))).collect();
    check(links::lead_somewhere(&pages, exists));
    check(links::are_in_the_contents(&pages));
}

#[test]
fn figures_are_those_of_the_code() {
    let sources = sources();
    let problems = |figure| figures::is_in_the_code(figure, &read(figure.page), &sources);
    check(figures::QUOTED.iter().flat_map(problems));
}

#[test]
fn figures_are_those_that_were_measured() {
    check(figures::MEASURED.iter().flat_map(|figure| {
        let results = read(&format!("bench-results/{}.json", figure.suite));
        figures::was_measured(figure, &read(figure.page), &serde_json::from_str(&results).unwrap())
    }));
}

#[test]
fn examples_show_lines_that_exist() {
    let sources = sources();
    let examples = sources.iter().filter(|source| source.path.starts_with("examples/"));
    check(examples.flat_map(|source| figures::shown_lines_exist(source, find)));
}

/// Applies a rule to all files of the workspace.
fn each_file(rule: fn(&Source) -> Vec<Problem>) {
    check(sources().iter().flat_map(rule));
}

/// Reports all problems at once.
fn check(problems: impl IntoIterator<Item = Problem>) {
    let problems: Vec<_> = problems.into_iter().map(|problem| problem.to_string()).collect();
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}
