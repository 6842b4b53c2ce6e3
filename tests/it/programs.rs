//! Every test program has a test.

use std::fs;
use std::path::{Path, PathBuf};

use tests::root;

#[test]
fn every_program_has_a_test() {
    let tests: String = ["tests/it", "host/cli/tests/hostile", "fuzz/host/src"]
        .into_iter()
        .flat_map(|folder| files(&root().join(folder)))
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let programs = fs::read_dir(root().join("tests/programs/src/bin")).unwrap();
    let programs = programs.map(|entry| entry.unwrap().path());
    let programs = programs.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
    let untested: Vec<_> = programs.filter(|name| !tests.contains(&format!("\"{name}\""))).collect();
    assert!(
        untested.is_empty(),
        "nothing in tests/it, host/cli/tests/hostile or fuzz/host runs {untested:?}"
    );
}

/// Returns all files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
