//! Checks that links between pages have targets.

use std::collections::BTreeMap;

use super::source::Problem;

const BOOK: &str = "book/src/";

/// Checks the relative links of all pages, given as paths and texts. `exists` returns whether another file
/// exists.
pub(crate) fn lead_somewhere(
    pages: &BTreeMap<String, String>,
    exists: impl Fn(&str) -> bool,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, text) in pages {
        for (line, link) in links(text) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let file = if file.is_empty() { path.clone() } else { joined(path, file) };
            let anchors = pages.get(&file).map(|text| anchors(text));
            let what = if !exists(&file) {
                format!("there is no {file}")
            } else if path.starts_with(BOOK) && !file.starts_with(BOOK) {
                "the book is a folder by itself: name the file instead of linking it".to_owned()
            } else if !anchor.is_empty()
                && anchors.is_some_and(|anchors| !anchors.contains(&anchor.to_owned()))
            {
                format!("{file} has no heading #{anchor}")
            } else {
                continue;
            };
            problems.push(Problem { path: path.clone(), line, what: format!("the link {link}: {what}") });
        }
    }
    problems
}

/// Checks that the contents of the book list each of its pages.
pub(crate) fn are_in_the_contents(pages: &BTreeMap<String, String>) -> Vec<Problem> {
    let summary = format!("{BOOK}SUMMARY.md");
    let contents = pages.get(&summary).map(String::as_str).unwrap_or_default();
    let missing = pages.keys().filter_map(|path| {
        let name = path.strip_prefix(BOOK)?;
        (*path != summary && !contents.contains(&format!("]({name})"))).then_some(name)
    });
    let problem =
        |name: &str| Problem { path: summary.clone(), line: 1, what: format!("does not list {name}") };
    missing.map(problem).collect()
}

/// Returns the lines of a page outside of code, with their numbers from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_code = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// Returns the relative links of a page, with their lines.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut links = Vec::new();
    for (number, line) in prose(text) {
        let targets = line.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        links.extend(targets.map(|(target, _)| (number, target)));
    }
    links.retain(|(_, target)| !target.contains("://"));
    links
}

/// Returns the anchors of the headings of a page.
fn anchors(text: &str) -> Vec<String> {
    let headings = prose(text).filter(|(_, line)| line.starts_with('#'));
    let anchor = |(_, line): (usize, &str)| {
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let heading = heading.chars().filter(|&c| c.is_alphanumeric() || "_- ".contains(c));
        heading.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

/// Returns the path of the target of a link on a page.
fn joined(page: &str, link: &str) -> String {
    let mut parts: Vec<_> = page.split('/').collect();
    parts.pop();
    for part in link.trim_end_matches('/').split('/') {
        match part {
            ".." => _ = parts.pop(),
            "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(pages: &[(&str, &str)]) -> BTreeMap<String, String> {
        pages.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())).collect()
    }

    #[test]
    fn links_that_lead_nowhere_are_found() {
        let text = "# A\n[b](b.md#two-words) [c](../c.rs)\n```\n[d](d.md)\n```\n[e](https://e.f) [a](#a)\n\
                    [g](g.md) [h](b.md#h) [i](#i)";
        let pages = pages(&[("x/a.md", text), ("x/b.md", "## Two `words`!\n")]);
        let problems = lead_somewhere(&pages, |path| ["c.rs", "x/a.md", "x/b.md"].contains(&path));
        let lines: Vec<_> = problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [7, 7, 7]);
    }

    #[test]
    fn pages_of_the_book_stay_in_the_book_and_are_listed() {
        let pages = pages(&[
            ("book/src/SUMMARY.md", "- [A](a.md)\n"),
            ("book/src/a.md", "[the README](../../README.md) [b](b.md)"),
            ("book/src/b.md", ""),
        ]);
        assert_eq!(lead_somewhere(&pages, |_| true).len(), 1);
        assert_eq!(are_in_the_contents(&pages)[0].what, "does not list b.md");
    }
}
