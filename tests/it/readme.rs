//! Compares the program of the README, and its output, with a program that is built and run.

use std::fs;

use tests::{App, root};

/// The program that the README shows, without the line that says what the file is.
const PROGRAM: &str = "tests/programs/src/bin/readme.rs";

/// Returns the blocks of this language, without their fences.
fn blocks(language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = readme.split(&fence).skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn its_program_is_the_one_that_is_tested() {
    let shown = blocks("rust");
    let [shown] = shown.as_slice() else { panic!("README.md has {} programs, not one", shown.len()) };
    let text = fs::read_to_string(root().join(PROGRAM)).unwrap();
    assert!(text.ends_with(shown), "README.md and {PROGRAM} differ");
}

#[test]
fn its_program_prints_what_it_shows() {
    let output = App::new("readme").cores(2).run();
    output.exit(0);
    let shown = blocks("console").into_iter().find_map(|block| {
        let output = block.strip_prefix("$ cargo run --release\n")?;
        Some(output.to_owned())
    });
    assert_eq!(output.text(), shown.expect("README.md shows the output of `cargo run --release`"));
}

#[test]
fn it_fits_on_a_few_screens() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(
        readme.lines().count() <= 150,
        "README.md has {} lines; 150 is the limit",
        readme.lines().count()
    );
}
