//! Where the guests and the host are that targets run.

use std::path::{Path, PathBuf};

/// The folder with what cargo has built: that of this program, or the one above, for a test.
fn built() -> PathBuf {
    let program = std::env::current_exe().expect("a program knows where it is");
    let folder = program.ancestors().find(|folder| folder.ends_with("release")).map(Path::to_owned);
    folder.expect("this is built with the release profile")
}

/// The file of a guest of tests/programs.
pub(crate) fn guest(name: &str) -> PathBuf {
    let guests = built().with_file_name("wasm32-wasip2").join("release");
    let path = guests.join(name).with_extension("wasm");
    assert!(path.exists(), "{} is missing: cargo xtask test --only guests", path.display());
    path
}

/// The `host` command.
pub(crate) fn command() -> PathBuf {
    built().join("host")
}

/// A component of the corpus that is made of text.
pub(crate) fn component(name: &str) -> &'static [u8] {
    let known = COMPONENTS.iter().find(|(known, _)| *known == name);
    known.map(|(_, bytes)| *bytes).expect("the text is in the corpus")
}

/// All of those, with their names.
pub(crate) static COMPONENTS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/components.rs"));
