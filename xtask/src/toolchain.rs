//! What this project needs besides cargo, added where it is missing.
//!
//! `rust-toolchain.toml` names it all, but rustup only acts on that where it may install things
//! by itself, which `RUSTUP_AUTO_INSTALL=0` forbids.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::command::{cargo, program, run, succeeds};

/// The target of everything that runs under the host.
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

/// Asks rustc and not rustup, so that a toolchain without rustup is as good.
fn has_target() -> bool {
    let libraries = program("rustc", &["--print", "target-libdir", "--target", WASM]).output();
    libraries.is_ok_and(|libraries| {
        let path = String::from_utf8_lossy(&libraries.stdout);
        libraries.status.success() && Path::new(path.trim_end()).is_dir()
    })
}

/// rustup acts on the toolchain of the cargo that runs us, which is in `RUSTUP_TOOLCHAIN`.
fn rustup(args: &[&str]) -> Command {
    program("rustup", args)
}
