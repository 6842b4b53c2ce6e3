//! The programs of the README exist, and print what it shows.

use std::fs;

use tests::{App, root};

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// Returns the blocks of this language, without their fences.
fn blocks(language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let readme = readme();
    let blocks = readme.split(&fence).skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn its_programs_are_those_that_are_tested() {
    let programs = ["examples/primes.rs", "tests/programs/src/bin/readme_second.rs"];
    let shown = blocks("rust");
    assert_eq!(shown.len(), programs.len(), "a program in the README that no test knows");
    for (program, shown) in programs.iter().zip(shown) {
        let text = fs::read_to_string(root().join(program)).unwrap();
        assert!(text.ends_with(&shown), "README.md shows another text than {program}");
    }
}

#[test]
fn its_second_program_prints_what_it_shows() {
    let output = App::new("readme_second").cores(2).run();
    output.exit(0);
    let shown = blocks("text").into_iter().find(|block| block.starts_with("A B 42")).unwrap();
    let shown = shown.replace("8 cores", "2 cores");
    // The README calls the file main.rs, and omits the two lines of its description.
    let came = String::from_utf8_lossy(&output.stdout)
        .replace("tests/programs/src/bin/readme_second.rs:18:", "src/main.rs:16:");
    assert_eq!(came, shown);
}
