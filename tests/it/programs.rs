//! A program without a test is an error.

use std::fs;

use tests::root;

#[test]
fn every_program_has_a_test() {
    let read =
        |directory: &str| fs::read_dir(root().join(directory)).unwrap().map(|entry| entry.unwrap().path());
    let tests: String = ["tests/it", "host/tests/hostile"]
        .into_iter()
        .flat_map(read)
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let programs =
        read("tests/programs/src/bin").map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
    let untested: Vec<_> = programs.filter(|name| !tests.contains(&format!("\"{name}\""))).collect();
    assert!(untested.is_empty(), "no test in tests/it or host/tests/hostile runs {untested:?}");
}
