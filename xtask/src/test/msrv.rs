//! The oldest supported Rust: `rust-version` of the packages, which may be older than `rust-toolchain.toml`.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::command::{self, cargo, program, run, succeeds};
use crate::toolchain::WASM;

/// The platform of the host that releases are built for, on any machine.
const HOST: &str = "x86_64-unknown-linux-gnu";

/// Checks that the packages build with the oldest supported Rust. Skips the build, with the reason, if that
/// toolchain is not installed.
///
/// # Errors
///
/// Fails if a dependency or the code needs a newer Rust.
pub(crate) fn check() -> Result<Option<String>> {
    let oldest = value("Cargo.toml", "rust-version")?;
    let pinned = value("rust-toolchain.toml", "channel")?;
    ensure!(
        parts(&pinned) >= parts(&oldest),
        "rust-toolchain.toml pins Rust {pinned}, which is older than the {oldest} of Cargo.toml"
    );
    dependencies(&oldest)?;
    if parts(&pinned)[..2] == parts(&oldest)[..2] {
        eprintln!("Rust {pinned} is the oldest, and all other steps build with it");
        return Ok(None);
    }
    if !succeeds(&mut program("rustup", &["run", &oldest, "cargo", "--version"])) {
        return Ok(Some(format!("Rust {oldest} is not here (rustup toolchain install {oldest})")));
    }
    let check = ["run", &oldest, "cargo", "check", "--locked", "--all-features"];
    run(program("rustup", &check).args(["-p", "parallel-guest-runtime", "--target", WASM]))?;
    run(program("rustup", &check).args(["-p", "parallel-host-cli"]))?;
    Ok(None)
}

/// Fails if the `rust-version` of a dependency is newer.
///
/// Only dependencies of the platforms that are built: those of others may not have been downloaded.
fn dependencies(oldest: &str) -> Result<()> {
    let mut metadata = cargo(&["metadata", "--format-version", "1", "--locked"]);
    metadata.args(["--filter-platform", HOST, "--filter-platform", WASM]);
    let output = metadata.output()?;
    ensure!(output.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let newer = newer(&metadata, oldest);
    ensure!(newer.is_empty(), "Cargo.toml promises Rust {oldest}, and there are {}", newer.join(", "));
    Ok(())
}

/// Returns the packages that need a newer Rust than this.
fn newer(metadata: &Value, oldest: &str) -> Vec<String> {
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let newer = packages.filter_map(|package| {
        let needed = package["rust_version"].as_str()?;
        let name = package["name"].as_str()?;
        (parts(needed) > parts(oldest)).then(|| format!("{name} for Rust {needed}"))
    });
    newer.collect()
}

/// Returns the text between the quotes after this name.
fn value(file: &str, name: &str) -> Result<String> {
    let path = command::root().join(file);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix('='));
    let value = value.with_context(|| format!("{} has no {name}", path.display()))?;
    Ok(value.trim().trim_matches('"').to_owned())
}

/// Parses a version; `1.95` is `1.95.0`.
fn parts(version: &str) -> [u64; 3] {
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    [(); 3].map(|()| numbers.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers() {
        assert_eq!(parts("1.95"), parts("1.95.0"));
        assert!(parts("1.100") > parts("1.95.1"));
    }

    #[test]
    fn a_dependency_for_a_newer_rust_is_named() {
        let metadata = serde_json::json!({ "packages": [
            { "name": "old", "rust_version": "1.70" },
            { "name": "any", "rust_version": null },
            { "name": "new", "rust_version": "1.96.1" },
        ] });
        assert_eq!(newer(&metadata, "1.96"), ["new for Rust 1.96.1"]);
    }

    #[test]
    fn both_versions_are_found() {
        assert_eq!(value("Cargo.toml", "rust-version").unwrap(), env!("CARGO_PKG_RUST_VERSION"));
        assert_eq!(parts(&value("rust-toolchain.toml", "channel").unwrap())[0], 1);
    }
}
