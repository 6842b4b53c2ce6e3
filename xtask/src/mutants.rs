//! Mutants: patches that plant a bug in a copy of the sources, to show that a test finds it.
//!
//! A test that finds nothing proves nothing. So each mutant is one bug, which the first line of its patch
//! describes, and the line `Found by:` names the test that must fail because of it. The patches are applied to
//! copies, so the sources themselves contain no bugs of mutants.

mod copy;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use crate::command::{self, cargo};

/// The folders with the patches.
const FOLDERS: [&str; 3] = ["fuzz/mutants", "host/cluster/tests/mutants", "host/scheduler/tests/mutants"];

/// The prefix of the line of a patch that names its test.
const FOUND_BY: &str = "Found by: ";

/// The kinds of tests that find mutants: `fuzz TARGET`, `soak`, and the kinds of models, as in `loom MODEL`.
const KINDS: [&str; 6] = ["fuzz", "soak", "model", "shuttle", "loom", "cluster"];

/// A patch with one bug, and the test that has to find it.
#[derive(Debug)]
pub(crate) struct Mutant {
    pub(crate) name: String,
    /// The kind of the test.
    pub(crate) kind: String,
    /// The name of the test among those of its kind; empty if there is only one.
    pub(crate) test: String,
    patch: PathBuf,
    /// The patch, after a line that describes the bug.
    text: String,
}

/// What mutants of one kind change and build.
#[derive(Debug)]
pub(crate) struct Build {
    /// The prefixes of the paths of files that they may change.
    pub(crate) sources: &'static [&'static str],
    /// The packages that contain these files. Each must depend on those before it.
    pub(crate) packages: &'static [&'static str],
    /// The arguments of `cargo build` that select what to build.
    pub(crate) programs: &'static [&'static str],
}

/// The mutants of the host, which takes two minutes to build.
pub(crate) const HOST_BUILD: Build = Build {
    sources: &["host/lib/src/", "host/scheduler/src/"],
    packages: &["parallel-scheduler", "parallel-host", "fuzz-host"],
    programs: &["-p", "parallel-host-cli", "-p", "fuzz-host"],
};

impl Mutant {
    /// Returns the mutants that tests of this kind have to find, in the order of their names.
    pub(crate) fn of(kind: &str) -> Result<Vec<Self>> {
        let mut mutants = Self::all()?;
        mutants.retain(|mutant| mutant.kind == kind);
        ensure!(!mutants.is_empty(), "there are no mutants for {kind}");
        Ok(mutants)
    }

    /// Reads the mutants of all folders. Those of a folder are in the order of their names.
    fn all() -> Result<Vec<Self>> {
        let mut mutants = Vec::new();
        for folder in FOLDERS.map(|folder| command::root().join(folder)) {
            let entries =
                fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
            let mut patches = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
            patches.sort();
            for patch in patches {
                let text = fs::read_to_string(&patch)?;
                let mutant = Self::new(&patch, text).with_context(|| format!("{}", patch.display()))?;
                mutants.push(mutant);
            }
        }
        Ok(mutants)
    }

    fn new(patch: &Path, text: String) -> Result<Self> {
        let name = patch.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let found_by = text.lines().find_map(|line| line.strip_prefix(FOUND_BY));
        let found_by = found_by.with_context(|| format!("a mutant has a line `{FOUND_BY}KIND TEST`"))?;
        let (kind, test) = found_by.split_once(' ').unwrap_or((found_by, ""));
        ensure!(KINDS.contains(&kind), "`{kind}` finds no mutants");
        ensure!(test.is_empty() == (kind == "soak"), "`{FOUND_BY}{found_by}` names no test");
        Ok(Self { name, kind: kind.to_owned(), test: test.to_owned(), patch: patch.to_owned(), text })
    }

    /// Checks that the patch applies to the sources of the project.
    pub(crate) fn check_applies(&self) -> Result<()> {
        self.apply(command::root(), &["--check"])
    }

    /// Copies the sources of the project to this folder, and plants the bug there. The patch may only change files
    /// whose paths have one of these prefixes.
    pub(crate) fn plant(&self, copy: &Path, sources: &[&str]) -> Result<()> {
        self.check_changes(sources)?;
        copy::copy_sources(copy)?;
        self.apply(copy, &[])?;
        // An earlier mutant may have left results of other sources.
        copy::touch(copy, sources)
    }

    /// Builds the programs of a copy with this bug. Returns a target folder with them and all others.
    ///
    /// The copy uses the build folder of the project, so the engine and all other dependencies are already built.
    /// The packages that the patch may change are built with a profile of their own. This is faster. It also makes
    /// cargo keep them separate, so that no build of the project contains code of a patch.
    pub(crate) fn build(&self, build: &Build) -> Result<PathBuf> {
        eprintln!("mutant {}: {}", self.name, self.text.lines().next().unwrap_or_default());
        let (built, folder) = (command::target_dir()?, command::target_dir()?.join("mutants"));
        let sources = folder.join("sources");
        self.plant(&sources, build.sources)?;
        copy::link_programs(&built, &folder)?;
        let mut command = cargo(&["build", "--quiet", "--release", "--locked"]);
        command.args(build.programs).current_dir(&sources);
        command.env("CARGO_TARGET_DIR", &folder).env("CARGO_BUILD_BUILD_DIR", &built);
        for package in build.packages {
            for setting in ["opt-level=0", "codegen-units=16"] {
                command.arg("--config").arg(format!("profile.release.package.{package}.{setting}"));
            }
        }
        command::run(&mut command)?;
        Ok(folder)
    }

    /// Checks that the patch changes only files whose paths have one of these prefixes.
    pub(crate) fn check_changes(&self, sources: &[&str]) -> Result<()> {
        let mut files = self.text.lines().filter_map(|line| line.strip_prefix("+++ b/"));
        let is_elsewhere = |file: &&str| !sources.iter().any(|folder| file.starts_with(folder));
        match files.find(is_elsewhere) {
            Some(file) => bail!("{} changes {file}, which is not built with it", self.name),
            None => Ok(()),
        }
    }

    /// Applies the patch to the sources in this folder.
    fn apply(&self, sources: &Path, options: &[&str]) -> Result<()> {
        let mut apply = command::program("git", &["apply", "--whitespace=nowarn"]);
        // Otherwise git would treat the copy as a part of the repository that contains it, and skip the patch.
        let above = sources.parent().unwrap_or(sources);
        apply.args(options).arg(&self.patch).current_dir(sources).env("GIT_CEILING_DIRECTORIES", above);
        if !apply.status().context("cannot start git")?.success() {
            bail!("{} does not apply any more: mend it", self.patch.display());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A patch that does not apply shows nothing.
    #[test]
    fn all_apply() {
        Mutant::all().unwrap().iter().try_for_each(Mutant::check_applies).unwrap();
    }

    #[test]
    fn a_patch_names_its_test() {
        let mutant = |text: &str| Mutant::new(Path::new("mutants/one-look.patch"), text.to_owned());
        let loom = mutant("It looks once.\n\nFound by: loom items::one\n\n--- a/x\n").unwrap();
        assert_eq!((&*loom.name, &*loom.kind, &*loom.test), ("one-look", "loom", "items::one"));
        assert_eq!(mutant("It leaks.\n\nFound by: soak\n").unwrap().test, "");
        for wrong in ["", "Found by: loom", "Found by: miri one", "Found by: soak one"] {
            assert!(mutant(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_patch_of_other_sources_is_refused() {
        let mutants = Mutant::of("soak").unwrap();
        assert!(mutants.iter().all(|mutant| mutant.check_changes(HOST_BUILD.sources).is_ok()));
        assert!(mutants.iter().all(|mutant| mutant.check_changes(&["guest-runtime/src/"]).is_err()));
    }
}
