//! The paths of guests. Each test program of this crate includes this file.

use std::path::PathBuf;

/// Returns the file of a guest of tests/programs, which has to be built.
pub(crate) fn guest(name: &str) -> PathBuf {
    let built = || {
        // A test lies in target/release/deps.
        let test = std::env::current_exe().expect("a test knows where it is");
        test.ancestors().nth(3).expect("cargo has built it").join("wasm32-wasip2").join("release")
    };
    let guests = std::env::var_os("GUESTS_DIR").map_or_else(built, PathBuf::from);
    let path = guests.join(name).with_extension("wasm");
    assert!(path.exists(), "{} is missing: cargo xtask test --only guests", path.display());
    path
}
