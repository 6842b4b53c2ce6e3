//! Programs by themselves, and the same composed with a plug: what holds of one has to hold of both.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{fs, process};

use tests::{App, root};

/// A component between a program and the clock of the host.
static CLOCK: LazyLock<PathBuf> = LazyLock::new(|| {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (path, unfinished) = (directory.join("clock.wasm"), directory.join(process::id().to_string()));
    // Another process may be at it, and a third reading.
    fs::write(&unfinished, wat::parse_file(root().join("tests/plugs/clock.wat")).unwrap()).unwrap();
    fs::rename(unfinished, &path).unwrap();
    path
});

/// A program that has jobs, and the program composed with a plug that each of its instances calls.
pub(crate) fn alone_and_composed(program: &str) -> [App; 2] {
    [App::new(program), App::new(program).option("--plug").option(&*CLOCK)]
}
