//! The paths of the guests and the host that targets run.

use std::path::{Path, PathBuf};

/// Returns the folder with the release build, as seen from this program or from a test.
fn built() -> PathBuf {
    let program = std::env::current_exe().expect("a program knows where it is");
    let folder = program.ancestors().find(|folder| folder.ends_with("release")).map(Path::to_owned);
    folder.expect("this is built with the release profile")
}

/// Returns the file of a guest of tests/programs.
pub(crate) fn guest(name: &str) -> PathBuf {
    let guests = built().with_file_name("wasm32-wasip2").join("release");
    let path = guests.join(name).with_extension("wasm");
    assert!(path.exists(), "{} is missing: cargo xtask test --only guests", path.display());
    path
}

/// Returns the path of the `host` command.
pub(crate) fn command() -> PathBuf {
    built().join("host")
}

/// Returns a component that was assembled from text.
pub(crate) fn component(name: &str) -> &'static [u8] {
    let known = COMPONENTS.iter().find(|(known, _)| *known == name);
    known.map(|(_, bytes)| *bytes).expect("the text is in the corpus")
}

/// All assembled components, with their names.
pub(crate) static COMPONENTS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/components.rs"));
