//! The listings of the book: whole files, copied into the pages, so that a page is readable without mdbook.
//!
//! A line `<!-- file: path -->` above a block names the file, relative to the page.

/// Returns the page with each listing replaced by the text of its file.
///
/// A block that has no more than `{{#include path}}` becomes a listing.
pub(crate) fn put(page: &str, read: impl Fn(&str) -> String) -> String {
    let mut shown = String::new();
    let mut lines = page.lines().peekable();
    let mut named = None;
    while let Some(line) = lines.next() {
        let fence = line.strip_prefix("```").is_some_and(|language| !language.is_empty());
        let included = lines.peek().and_then(|next| between(next, "{{#include ", "}}")).filter(|_| fence);
        if let Some(path) = included {
            shown += &format!("<!-- file: {path} -->\n");
        }
        shown += &format!("{line}\n");
        if let Some(path) = included.or(named.take()).filter(|_| fence) {
            shown += &format!("{}\n", read(path).trim_end());
            let _before = lines.by_ref().take_while(|line| *line != "```").count();
            shown += "```\n";
        }
        named = file(line);
    }
    shown
}

/// Returns the path that a mark names.
pub(crate) fn file(line: &str) -> Option<&str> {
    between(line, "<!-- file: ", " -->")
}

fn between<'a>(line: &'a str, start: &str, end: &str) -> Option<&'a str> {
    line.strip_prefix(start)?.strip_suffix(end)
}

#[test]
fn a_listing_is_replaced() {
    let read = |path: &str| format!("text of {path}\n");
    let page = "a\n```rust\n{{#include x.rs}}\n```\nb\n```text\nc\n```\n";
    let shown = "a\n<!-- file: x.rs -->\n```rust\ntext of x.rs\n```\nb\n```text\nc\n```\n";
    assert_eq!(put(page, read), shown);
    assert_eq!(put(shown, read), shown);
    assert_eq!(put(&shown.replace("text of", "other\n\ntext of"), read), shown);
}
