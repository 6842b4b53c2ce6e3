//! The map of the modules in the architecture page: the description and the imports of each.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::{self, file_in, module};
use super::lists::{CRATES, Crate};
use super::order::place;
use super::source::{Problem, Source};

/// The page that shows the map, between two marks.
pub(crate) const PAGE: &str = "docs/architecture.md";

const BEGIN: &str = "<!-- map -->\n";
const END: &str = "<!-- /map -->";

/// The crates in the map: those that implement jobs and cores.
const SHOWN: [&str; 5] =
    ["guest-runtime/src", "host/scheduler/src", "host/cluster/src", "host/lib/src", "host/cli/src"];

/// Returns the map: a table for each crate, with a row for each module that its root declares.
pub(crate) fn map(sources: &[Source]) -> String {
    let crates = SHOWN.iter().filter_map(|src| CRATES.iter().find(|list| list.src == *src));
    crates.map(|list| table(list, sources)).collect::<Vec<_>>().join("\n")
}

fn table(list: &Crate, sources: &[Source]) -> String {
    let name = list.src.trim_end_matches("/src");
    let mut text = format!("`{name}`\n\n| module | what it is | imports |\n| --- | --- | --- |\n");
    let (about, imports) = (docs(list, sources), arrows(list, sources));
    for module in list.order.iter().filter(|module| !module.contains("::")) {
        // Generated code may have none.
        let about = about.get(*module).map_or("", String::as_str);
        let places = imports.get(*module).into_iter().flatten();
        let imports = places.map(|place| format!("`{}`", list.order[*place])).collect::<Vec<_>>();
        text += &format!("| `{module}` | {about} | {} |\n", imports.join(" "));
    }
    text
}

/// Returns the first sentence of the header of each file in `src`.
fn docs(list: &Crate, sources: &[Source]) -> BTreeMap<String, String> {
    let files = sources.iter().filter_map(|source| Some((module(file_in(list, source)?), source)));
    let rooms = files.filter(|(module, _)| module.len() == 1);
    rooms.map(|(module, source)| (module[0].clone(), first_sentence(&source.text))).collect()
}

/// Returns the first sentence of the documentation at the top of a file, without its full stop.
fn first_sentence(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
    let paragraph = lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    let sentence = paragraph.split_once(". ").map_or(paragraph.as_str(), |(first, _)| first);
    sentence.trim_end_matches('.').replace('|', "\\|")
}

/// Returns which modules of the root import which others, by their positions in the list.
fn arrows(list: &Crate, sources: &[Source]) -> BTreeMap<String, BTreeSet<usize>> {
    let root = sources.iter().find(|source| file_in(list, source) == Some("lib.rs"));
    let exports = root.map(|root| imports::exports(&root.syntax.items, &[])).unwrap_or_default();
    let mut arrows = BTreeMap::<String, BTreeSet<usize>>::new();
    for source in sources.iter().filter(|source| !source.is_test()) {
        let Some(module) = file_in(list, source).map(module).filter(|module| !module.is_empty()) else {
            continue;
        };
        for import in imports::imports(&source.without_tests().items, &module) {
            let path = import.path.first().and_then(|name| exports.get(name)).unwrap_or(&import.path);
            let room = path.first().filter(|room| **room != module[0]);
            let place = room.and_then(|room| place(list, std::slice::from_ref(room)));
            arrows.entry(module[0].clone()).or_default().extend(place);
        }
    }
    arrows
}

/// Replaces the text between the marks of a page by the map, if the page has the marks.
pub(crate) fn put(page: &str, map: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{map}\n{END}{after}"))
}

/// Returns whether this page shows this map.
pub(crate) fn is_shown(path: &str, page: &str, map: &str) -> Vec<Problem> {
    if put(page, map).as_deref() == Some(page) {
        return Vec::new();
    }
    let line = page.lines().position(|line| line == BEGIN.trim_end()).unwrap_or_default() + 1;
    let what = "this is not the map of the modules as they are: run `cargo xtask map`".to_owned();
    vec![Problem { path: path.to_owned(), line, what }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_first_sentence_and_the_arrows() {
        const LIST: Crate = Crate { src: "a/src", order: &["top", "middle", "leaf"], bindings: &[] };
        let sources = [
            Source::new("a/src/lib.rs", "//! It.\nmod top; pub use leaf::Leaf;"),
            Source::new("a/src/top.rs", "//! The top, which is\n//! above. More of it.\n//!\n//! And more."),
            Source::new("a/src/top/child.rs", "//! A child.\nuse crate::middle::A; use super::B;"),
            Source::new(
                "a/src/middle.rs",
                "//! The middle\nuse crate::Leaf;\n#[cfg(test)] mod tests { use crate::top::A; }",
            ),
            Source::new("a/src/leaf.rs", "//! The leaf."),
        ];
        let text = table(&LIST, &sources);
        let rows: Vec<_> = text.lines().skip(4).collect();
        assert_eq!(
            rows,
            [
                "| `top` | The top, which is above | `middle` |",
                "| `middle` | The middle | `leaf` |",
                "| `leaf` | The leaf |  |"
            ]
        );
    }

    #[test]
    fn a_page_shows_the_map_or_it_is_found() {
        let page = "a\n<!-- map -->\nold\n<!-- /map -->\nb\n";
        let right = put(page, "new\n").unwrap();
        assert_eq!(right, "a\n<!-- map -->\n\nnew\n\n<!-- /map -->\nb\n");
        assert!(is_shown("p.md", &right, "new\n").is_empty());
        assert_eq!(is_shown("p.md", page, "new\n")[0].line, 2);
        assert_eq!(put("a page without marks", "new"), None);
    }
}
