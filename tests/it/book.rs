//! The outputs, compiler messages and command lines that the book shows are real.
//!
//! `book/README.md` says which blocks of a page are checked.

use std::fs;

use tests::{App, Running, cargo, guest, host, root};

use crate::http_client::server::Server;
use crate::tidy::listings;
use crate::wrong::with_same_gutter;

#[test]
fn programs_print_what_the_book_shows() {
    for (program, block) in outputs().iter().filter(|(program, _)| !is_wrong(program)) {
        for cores in [1, 2] {
            let output = app(program).cores(cores).run();
            block.compare(&output.exit(0).text());
        }
    }
}

/// Returns a program of the book, together with the server that it needs, if any.
fn app(program: &str) -> App {
    let path = root().join("book/snippets/src/bin").join(program).with_extension("rs");
    let app = App::new(program);
    if !fs::read_to_string(path).unwrap().contains("\"SERVER\"") {
        return app;
    }
    app.option("-S").option("http").env("SERVER", &Server::start().url(""))
}

#[test]
fn the_compiler_says_what_the_book_shows() {
    for (program, block) in outputs().iter().filter(|(program, _)| is_wrong(program)) {
        let options =
            ["build", "--release", "--target", "wasm32-wasip2", "-p", "snippets", "--features", "wrong"];
        let mut cargo = cargo();
        cargo.args(options).args(["--bin", program]).env("CARGO_TERM_COLOR", "never");
        let output = cargo.output().unwrap();
        assert!(!output.status.success(), "{}: {program} compiles", block.place);
        // Output of cargo before and after it is not part of the block.
        let text = format!("...\n{}...", block.text);
        Block { text, ..block.clone() }.compare(&String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_host_says_what_the_book_shows() {
    let is_for_host =
        |line: &str| !line.starts_with("$ ") || line.starts_with("$ host ") || line == "$ echo $?";
    for block in blocks().iter().filter(|block| block.language == "console") {
        if block.text.lines().all(is_for_host) {
            replay(block);
        }
    }
}

#[test]
fn every_program_is_in_the_book() {
    let shown: Vec<_> = blocks().iter().filter_map(Block::program).collect();
    let files = fs::read_dir(root().join("book/snippets/src/bin")).unwrap();
    let programs = files.map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned());
    let unseen: Vec<_> = programs.filter(|name| !shown.contains(name)).collect();
    assert!(unseen.is_empty(), "no page of the book shows {unseen:?}");
}

/// Runs the commands of the block, and compares the output.
fn replay(block: &Block) {
    let (mut code, mut rest) = (0, block.text.as_str());
    while let Some(typed) = rest.strip_prefix("$ ") {
        let (command, after) = typed.split_once('\n').unwrap_or((typed, ""));
        let end = after.find("$ ").filter(|&at| at == 0).or_else(|| after.find("\n$ ").map(|at| at + 1));
        let (expected, next) = after.split_at(end.unwrap_or(after.len()));
        let said = if command == "echo $?" {
            format!("{code}\n")
        } else {
            let mut host = host();
            // Hides the warning about more cores than CPUs.
            host.args(words(command).iter().skip(1))
                .current_dir(guest("any").parent().expect("guests are in a directory"))
                .env("HOST_LOG", "off");
            let output = Running::start(host).end();
            code = output.code;
            output.text() + &output.stderr
        };
        let place = format!("{}: {command}", block.place);
        Block { place, text: expected.to_owned(), ..block.clone() }.compare(&said);
        rest = next;
    }
}

/// Splits a command at its spaces, except for those between single quotes.
fn words(command: &str) -> Vec<&str> {
    let parts = command.split('\'').enumerate();
    let words = parts.flat_map(|(at, part)| part.split(if at % 2 == 0 { ' ' } else { '\'' }));
    words.filter(|word| !word.is_empty()).collect()
}

/// A fenced block.
#[derive(Clone)]
struct Block {
    /// The page, and the line of the opening fence.
    place: String,
    /// The file that the block shows.
    file: Option<String>,
    language: String,
    text: String,
}

impl Block {
    /// Returns the name of the program that the block shows.
    fn program(&self) -> Option<String> {
        let program = self.file.as_ref()?.strip_prefix("../snippets/src/bin/")?;
        Some(program.strip_suffix(".rs")?.to_owned())
    }

    fn compare(&self, said: &str) {
        let Self { place, text, .. } = self;
        let (shown, came): (Vec<_>, Vec<_>) = (lines(text), lines(said));
        assert!(is_like(&shown, &came), "{place}\n--- the book shows\n{text}\n--- but there came\n{said}");
    }
}

/// Returns the lines without parts that change with the guest runtime.
fn lines(text: &str) -> Vec<String> {
    let without_position = |word: &str| match word.split_once(".rs:") {
        Some((path, _)) if path.starts_with("guest-runtime/") => format!("{path}.rs"),
        _ => word.to_owned(),
    };
    let line = |line: &str| {
        let line = with_same_gutter(line.trim_end());
        line.split(' ').map(without_position).collect::<Vec<_>>().join(" ")
    };
    text.trim_end().lines().map(line).collect()
}

/// Returns whether the lines match, where `...` stands for any number of lines.
fn is_like(shown: &[String], came: &[String]) -> bool {
    match shown {
        [] => came.is_empty(),
        [dots, rest @ ..] if dots == "..." => (0..=came.len()).any(|skip| is_like(rest, &came[skip..])),
        [line, rest @ ..] => came.first() == Some(line) && is_like(rest, &came[1..]),
    }
}

fn is_wrong(program: &str) -> bool {
    program.starts_with("wrong_")
}

/// Returns each block of output with the program above it.
fn outputs() -> Vec<(String, Block)> {
    let mut above = None;
    let mut outputs = Vec::new();
    for block in blocks() {
        match block.language.as_str() {
            "rust" => above = block.program(),
            "text" => {
                let program = above.take().unwrap_or_else(|| panic!("{}: what prints this?", block.place));
                outputs.push((program, block));
            }
            _ => {}
        }
    }
    assert!(!outputs.is_empty(), "the book shows nothing");
    outputs
}

fn blocks() -> Vec<Block> {
    let pages = fs::read_dir(root().join("book/src")).expect("the pages of the book");
    let pages = pages.map(|page| page.expect("a page of the book").path());
    let mut pages: Vec<_> = pages.filter(|path| path.extension().is_some_and(|ext| ext == "md")).collect();
    pages.sort();
    pages
        .iter()
        .flat_map(|page| blocks_of(&page.display().to_string(), &fs::read_to_string(page).expect("a page")))
        .collect()
}

fn blocks_of(page: &str, text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    let mut before = "";
    for (index, line) in text.lines().enumerate() {
        open = match (open, line.strip_prefix("```")) {
            (None, None) => None,
            (None, Some(language)) => {
                let place = format!("{page}:{}", index + 1);
                let file = listings::file(before).map(str::to_owned);
                Some(Block { place, file, language: language.to_owned(), text: String::new() })
            }
            (Some(block), Some(_)) => {
                blocks.push(block);
                None
            }
            (Some(mut block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
                Some(block)
            }
        };
        before = line;
    }
    assert!(open.is_none(), "{page}: a block does not end");
    blocks
}

#[test]
fn a_line_of_dots_stands_for_any_number() {
    let is_like = |shown, came| is_like(&lines(shown), &lines(came));
    assert!(is_like("a\n...\nc", "a\nb\nb\nc\n") && is_like("a\n...\nc", "a\nc\n") && is_like("...", ""));
    assert!(!is_like("a\n...\nc", "a\nb\n") && !is_like("a", "a\nb\n") && !is_like("a\nb", "a\n"));
    assert!(is_like("at guest-runtime/src/a.rs:1:2:", "at guest-runtime/src/a.rs:3:4:"));
    assert!(!is_like("at src/a.rs:1:2:", "at src/a.rs:3:4:"));
}
