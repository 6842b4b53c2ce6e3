//! Words that this project no longer uses, in names and in prose, with the words to use instead.
//!
//! A reader who knows tokio, rayon and wasmtime should need no glossary to read a file. The field's
//! words are in the glossary of the book.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;

use super::source::{Problem, Source};

/// Retired names, each with its replacement.
const NAMES: &[(&str, &str)] = &[
    ("Seat", "CurrentJob"),
    ("Rank", "Level"),
    ("Gauge", "CoreState"),
    ("Lives", "Timeline"),
    ("Life", "JobSpan"),
    ("Stretch", "Slice"),
    ("Here", "Local"),
    ("There", "Remote"),
    ("Stopper", "StopHandle"),
    ("Misfit", "ComposeError"),
    ("Flight", "InFlight"),
    ("Findings", "Results"),
    ("few_wait", "bounded"),
    ("next_to_come", "next_unordered"),
    ("give_way", "yield_now"),
    ("gave_way", "yielded"),
    ("must_give_way", "must_yield"),
    ("listens", "is_cooperative"),
    ("is_alone", "has_no_host or is_only_guest"),
    ("until_stopped", "run_unless_stopped"),
    ("until_stopping", "run_until_stop"),
    ("until_late", "run_for_grace"),
    ("all_stopped", "stop_children"),
    ("all_gone", "children_gone"),
    ("end_all", "stop_and_join"),
];

/// Retired names of files and folders, each with its replacement.
const FILES: &[(&str, &str)] = &[
    ("seat", "current_job"),
    ("gauge", "core_state"),
    ("misfit", "compose"),
    ("here", "local"),
    ("there", "remote"),
    ("deeds", "faults"),
    ("doors", "entry_points"),
    ("elsewhere", "covered_elsewhere"),
    ("findings", "results"),
    ("offence", "template"),
    ("talk", "protocol"),
];

/// Retired phrases, in lower case, each with its replacement.
const PHRASES: &[(&str, &str)] = &[
    ("whoever", "name the subject"),
    ("whatever it is", "name the subject"),
    ("nobody", "name the subject, or use the passive voice"),
    ("somebody", "name the subject, or use the passive voice"),
    ("anybody", "name the subject, or use the passive voice"),
    ("who takes", "name the subject"),
    ("what a client ends with", "name the subject"),
    ("is told", "`is notified`, or `an error says`"),
    ("are told", "`are notified`, or `an error says`"),
    ("in turn", "`alternately`, or `round-robin`"),
    ("goes along", "`is copied`, or `is sent`"),
    ("go along", "`are copied`, or `are sent`"),
    ("going along", "`copied`, or `sent`"),
    ("the less, the better", "`lower is better`"),
    ("the more, the better", "`higher is better`"),
    ("findings", "`results`"),
    ("doors", "`entry points`"),
    ("gives way", "`yields`"),
    ("give way", "`yield`"),
    ("gave way", "`yielded`"),
    ("giving way", "`yielding`"),
    ("for ever", "`forever`"),
    ("on the far side", "`in the job`, or `in the other instance`"),
    ("from the inside out", "`innermost first`"),
    ("there and back", "`round trip`"),
    ("one beside the other", "`concurrently`"),
    ("under way", "`in flight`, `started`, or `in progress`"),
    ("as it lies", "`in place`, or `as a block`"),
    ("as they lie", "`in place`, or `as a block`"),
    ("from where it lies", "`in place`"),
    ("from where they lie", "`in place`"),
    ("is good for nothing", "say what it is for"),
    ("a seat", "`the current job`"),
    ("a gauge", "`the state of a core`"),
    ("deeds", "`faults`"),
    ("no more and no less", "say it exactly once"),
];

/// Finds retired names and phrases in a source file.
pub(crate) fn source_uses_the_fields_words(source: &Source) -> Vec<Problem> {
    let mut problems = names(source);
    problems.extend(comments(source));
    problems
}

/// Finds retired phrases in a page.
pub(crate) fn page_uses_the_fields_words(path: &str, text: &str) -> Vec<Problem> {
    in_lines(path, prose(text))
}

/// Finds retired names of files and in code.
fn names(source: &Source) -> Vec<Problem> {
    let mut problems = Vec::new();
    let file = source.path.trim_end_matches(".rs");
    for part in file.split('/') {
        if let Some((_, new)) = FILES.iter().find(|(old, _)| *old == part) {
            problems.push(source.problem(1, format!("`{part}` in a path is retired: use `{new}`")));
        }
    }
    let mut names = Vec::new();
    identifiers(source.syntax.to_token_stream(), &mut names);
    for (name, line) in names {
        if let Some((_, new)) = NAMES.iter().find(|(old, _)| *old == name) {
            problems.push(source.problem(line, format!("the name `{name}` is retired: use `{new}`")));
        }
    }
    problems
}

/// Finds retired phrases in comments.
fn comments(source: &Source) -> Vec<Problem> {
    let comments = source.text.lines().map(|line| {
        let line = line.trim_start();
        if line.starts_with("//") { without_code(line) } else { String::new() }
    });
    in_lines(&source.path, comments)
}

/// Collects all identifiers with their lines.
fn identifiers(tokens: TokenStream, names: &mut Vec<(String, usize)>) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) => names.push((name.to_string(), name.span().start().line)),
            TokenTree::Group(group) => identifiers(group.stream(), names),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

fn in_lines(path: &str, lines: impl Iterator<Item = String>) -> Vec<Problem> {
    let phrases = |(index, line): (usize, String)| {
        let line = line.to_lowercase();
        let found = PHRASES.iter().filter(move |(phrase, _)| contains_words(&line, phrase));
        found.map(move |(phrase, instead)| Problem {
            path: path.to_owned(),
            line: index + 1,
            what: format!("\"{phrase}\" is retired: write {instead}"),
        })
    };
    lines.enumerate().flat_map(phrases).collect()
}

/// Returns whether the line contains the phrase as whole words.
fn contains_words(line: &str, phrase: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    line.match_indices(phrase).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + phrase.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

/// Returns the lines of a page. Lines of fenced blocks are empty, because they are code or output.
fn prose(text: &str) -> impl Iterator<Item = String> {
    let mut is_code = false;
    text.lines().map(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        if is_code || is_fence { String::new() } else { without_code(line) }
    })
}

/// Returns the line without its code spans.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(problems: Vec<Problem>) -> Vec<usize> {
        problems.into_iter().map(|problem| problem.line).collect()
    }

    #[test]
    fn a_retired_name_is_found() {
        let source = Source::new("host/src/a.rs", "struct Seat;\nfn f() { g!(x.give_way()) }\nfn seat() {}");
        assert_eq!(lines(names(&source)), [1, 2]);
        assert_eq!(lines(names(&Source::new("host/src/gauge.rs", ""))), [1]);
        assert_eq!(lines(names(&Source::new("host/src/seats.rs", "const A: &str = \"Seat\";"))), [0; 0]);
    }

    #[test]
    fn a_retired_phrase_is_found_in_comments() {
        let text = "//! Who takes it.\nfn f() {\n  // Nobody, in turn.\n  let x = \"nobody\";\n}";
        assert_eq!(lines(comments(&Source::new("host/src/a.rs", text))), [1, 3, 3]);
    }

    #[test]
    fn a_retired_phrase_is_found_in_pages() {
        let page =
            "Each in turn.\n\n```text\nin turn\n```\n`in turn`, in turns, main turns\nThe Less, the Better.";
        assert_eq!(lines(page_uses_the_fields_words("a.md", page)), [1, 7]);
    }
}
