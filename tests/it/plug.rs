//! Programs alone, and composed with a plug: both must behave the same.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{fs, process};

use tests::{App, root};

/// A plug between a program and the clock of the host.
static CLOCK: LazyLock<PathBuf> = LazyLock::new(|| {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (path, unfinished) = (directory.join("clock.wasm"), directory.join(process::id().to_string()));
    // Another process may write it at the same time, while a third reads it.
    fs::write(&unfinished, wat::parse_file(root().join("tests/plugs/clock.wat")).unwrap()).unwrap();
    fs::rename(unfinished, &path).unwrap();
    path
});

/// Returns a program with jobs, alone and composed with a plug that each of its instances calls.
pub(crate) fn alone_and_composed(program: &str) -> [App; 2] {
    [App::new(program), App::new(program).option("--plug").option(&*CLOCK)]
}
