//! Installs the parts of the Rust toolchain that are missing.
//!
//! `rust-toolchain.toml` names them all, but rustup installs them only if it may do so by itself, which
//! `RUSTUP_AUTO_INSTALL=0` forbids.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::command::{cargo, program, run, succeeds};

/// The target of all guests.
pub(crate) const WASM: &str = "wasm32-wasip2";

/// Adds the standard library for [`WASM`] to the toolchain in use.
pub(crate) fn ensure_target() -> Result<()> {
    if has_target() {
        return Ok(());
    }
    run(&mut rustup(&["target", "add", WASM]))
        .with_context(|| format!("this toolchain lacks the target {WASM}, and it cannot be added"))
}

/// Adds rustfmt and clippy to the toolchain in use.
pub(crate) fn ensure_components() -> Result<()> {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if !succeeds(&mut cargo(&[subcommand, "--version"])) {
            run(&mut rustup(&["component", "add", component]))
                .with_context(|| format!("this toolchain lacks {component}, and it cannot be added"))?;
        }
    }
    Ok(())
}

/// Returns whether the target is installed. Asks rustc instead of rustup, so that toolchains without rustup
/// work.
fn has_target() -> bool {
    let libraries = program("rustc", &["--print", "target-libdir", "--target", WASM]).output();
    libraries.is_ok_and(|libraries| {
        let path = String::from_utf8_lossy(&libraries.stdout);
        libraries.status.success() && Path::new(path.trim_end()).is_dir()
    })
}

/// Runs rustup, which acts on the toolchain of the cargo that runs this program: `RUSTUP_TOOLCHAIN`.
fn rustup(args: &[&str]) -> Command {
    program("rustup", args)
}
