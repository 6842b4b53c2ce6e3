//! The programs that are compared: our own, tools from crates.io, and components in other languages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Result, ensure};

use crate::command::{self, cargo, run};
use crate::languages;
use crate::toolchain::WASM;

/// A tool of crates.io that is built for WASI.
struct Tool {
    /// The name of its package and its program.
    name: &'static str,
    version: &'static str,
    features: &'static str,
}

/// Tools in fixed versions.
const TOOLS: [Tool; 1] = [Tool { name: "coreutils", version: "0.12.0", features: COREUTILS }];

/// The utilities that the table uses. All of them would take minutes to build.
const COREUTILS: &str = "base64,basename,cat,cut,echo,fold,head,nl,od,printf,seq,sort,tail,tee,tr,wc,yes";

/// The folders of programs, and which programs are not there.
pub(super) struct Programs {
    /// The name that a command line uses for a folder, and the folder.
    folders: [(&'static str, PathBuf); 3],
    /// The programs that could not be built, and why.
    pub(super) missing: Vec<String>,
    /// The names of those programs.
    names: Vec<&'static str>,
}

impl Programs {
    /// Finds our own programs, and builds those of others that are not there.
    ///
    /// # Errors
    ///
    /// Fails if our own programs are not built.
    pub(super) fn find() -> Result<Self> {
        let own = command::target_dir()?.join(WASM).join("release");
        ensure!(own.join("solo.wasm").exists(), "first: cargo xtask test --only guests");
        let tools = languages::folder()?.join("tools");
        let mut programs = Self {
            folders: [("$OWN", own), ("$TOOLS", tools.join("bin")), ("$LANGUAGES", languages::folder()?)],
            missing: Vec::new(),
            names: Vec::new(),
        };
        for tool in &TOOLS {
            if let Err(why) = tool.ensure(&tools) {
                programs.lacks(tool.name, &why);
            }
        }
        for component in &languages::COMMANDS {
            if let Err(why) = languages::made(component) {
                programs.lacks(component.name, &why);
            }
        }
        Ok(programs)
    }

    fn lacks(&mut self, name: &'static str, why: &anyhow::Error) {
        self.names.push(name);
        self.missing.push(format!("{name} ({why:#})"));
    }

    /// Returns whether all programs that a command line names are there.
    pub(super) fn has_all_of(&self, line: &str) -> bool {
        !self.names.iter().any(|name| line.contains(&format!("/{name}.wasm")))
    }

    /// Sets the variables that name the folders.
    pub(super) fn name(&self, shell: &mut process::Command) {
        for (name, folder) in &self.folders {
            shell.env(name.trim_start_matches('$'), folder);
        }
    }
}

impl Tool {
    /// Builds the tool unless this version is there.
    fn ensure(&self, root: &Path) -> Result<()> {
        let Self { name, version, features } = self;
        // Cargo would find that out too, but it asks the registry first.
        let installed = fs::read_to_string(root.join(".crates.toml")).unwrap_or_default();
        if installed.contains(&format!("\"{name} {version} ")) {
            return Ok(());
        }
        let mut install = cargo(&["install", "--locked", "--quiet", "--target", WASM, "--root"]);
        install.arg(root).arg(format!("{name}@{version}"));
        install.args(["--no-default-features", "--features", features]);
        // A folder for all tools, whose dependencies are not those of the workspace.
        install.env("CARGO_TARGET_DIR", root.join("target"));
        run(&mut install)
    }
}
