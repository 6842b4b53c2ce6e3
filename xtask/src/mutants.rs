//! Mutants: patches that plant a bug in a copy of the sources, to show that a target or the soak finds it.
//!
//! A copy uses the build folder of the project, so the engine and all other dependencies are already built. The
//! packages that a patch may change are built with a profile of their own. This is faster. It also makes cargo
//! keep them separate, so that no build of the project contains code of a patch.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail};

use crate::command::{self, cargo};
use crate::toolchain::WASM;

/// A patch of `fuzz/mutants`.
#[derive(Debug)]
pub(crate) struct Mutant {
    pub(crate) name: String,
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
    /// Finds the mutants of this target, in the order of their names.
    pub(crate) fn all(target: &str) -> Result<Vec<Self>> {
        let folder = command::root().join("fuzz/mutants");
        let mut mutants = Vec::new();
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))? {
            let patch = entry?.path();
            let Some(name) = patch.file_stem().and_then(|name| name.to_str()) else { continue };
            if name.split('-').next() == Some(target) {
                let text = fs::read_to_string(&patch)?;
                mutants.push(Self { name: name.to_owned(), patch, text });
            }
        }
        mutants.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(mutants)
    }

    /// Builds the programs of a copy with this bug. Returns a target folder with them and all others.
    pub(crate) fn build(&self, build: &Build) -> Result<PathBuf> {
        eprintln!("mutant {}: {}", self.name, self.text.lines().next().unwrap_or_default());
        self.check(build)?;
        let (built, folder) = (command::target_dir()?, command::target_dir()?.join("mutants"));
        let sources = folder.join("sources");
        copy(&sources)?;
        apply(&sources, &self.patch, &[])?;
        // An earlier mutant may have left results of other sources.
        touch(&sources, build.sources)?;
        link(&built, &folder)?;
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

    /// Checks that the patch changes only packages that are built separately.
    pub(crate) fn check(&self, build: &Build) -> Result<()> {
        let mut files = self.text.lines().filter_map(|line| line.strip_prefix("+++ b/"));
        let is_elsewhere = |file: &&str| !build.sources.iter().any(|folder| file.starts_with(folder));
        match files.find(is_elsewhere) {
            Some(file) => bail!("{} changes {file}, which is not built with it", self.name),
            None => Ok(()),
        }
    }
}

/// Copies the sources of the project, with their times and links.
fn copy(to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("cannot remove {}", to.display()))?;
    }
    fs::create_dir_all(to)?;
    let files = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let files = command::program("git", &files).output().context("cannot start git")?;
    let files = String::from_utf8(files.stdout)?;
    let mut copy = command::program("cp", &["--archive", "--parents", "--target-directory"]);
    copy.arg(to).arg("--");
    // git still lists a file that was deleted and not committed.
    copy.args(
        files.split_terminator('\0').filter(|file| command::root().join(file).symlink_metadata().is_ok()),
    );
    if !copy.status().context("cannot start cp")?.success() {
        bail!("the sources cannot be copied to {}", to.display());
    }
    // cp keeps only the times of files, and a build script may depend on the time of a folder.
    for folder in files.split_terminator('\0').flat_map(|file| Path::new(file).ancestors().skip(1)) {
        let modified = command::root().join(folder).metadata()?.modified()?;
        File::open(to.join(folder))?.set_modified(modified)?;
    }
    Ok(())
}

/// Applies a patch to the sources in this folder.
fn apply(sources: &Path, patch: &Path, options: &[&str]) -> Result<()> {
    let mut apply = command::program("git", &["apply"]);
    // Otherwise git would treat the copy as a part of the repository that contains it, and skip the patch.
    let above = sources.parent().unwrap_or(sources);
    apply.args(options).arg(patch).current_dir(sources).env("GIT_CEILING_DIRECTORIES", above);
    if !apply.status().context("cannot start git")?.success() {
        bail!("{} does not apply any more: mend it", patch.display());
    }
    Ok(())
}

/// Makes these sources newer than all build results.
fn touch(sources: &Path, folders: &[&str]) -> Result<()> {
    let mut paths = folders.iter().map(|folder| sources.join(folder)).collect::<Vec<_>>();
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                paths.push(entry?.path());
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let file = File::options().append(true).open(&path)?;
            file.set_modified(SystemTime::now())?;
        }
    }
    Ok(())
}

/// Links the build results of the project into another target folder, where cargo replaces some by those of the
/// mutant.
fn link(built: &Path, to: &Path) -> Result<()> {
    for folder in [Path::new("release"), &Path::new(WASM).join("release")] {
        let (built, to) = (built.join(folder), to.join(folder));
        fs::create_dir_all(&to)?;
        for entry in fs::read_dir(built).into_iter().flatten() {
            let (entry, from) = entry.map(|entry| (entry.file_name(), entry.path()))?;
            // Names that begin with a dot are cargo's own files.
            if from.is_file() && !entry.as_encoded_bytes().starts_with(b".") {
                let to = to.join(entry);
                _ = fs::remove_file(&to);
                // Hard links: a program that determines its own path must find it here.
                fs::hard_link(&from, &to).with_context(|| format!("cannot link {}", from.display()))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A patch that does not apply shows nothing.
    #[test]
    fn all_apply() {
        let root = command::root();
        for entry in fs::read_dir(root.join("fuzz/mutants")).unwrap() {
            apply(root, &entry.unwrap().path(), &["--check"]).unwrap();
        }
    }

    #[test]
    fn a_patch_of_other_sources_is_refused() {
        let mutants = Mutant::all("soak").unwrap();
        assert!(mutants.iter().all(|mutant| mutant.check(&HOST_BUILD).is_ok()));
        let build = Build { sources: &["guest-runtime/src/"], ..HOST_BUILD };
        assert!(mutants.iter().all(|mutant| mutant.check(&build).is_err()));
    }
}
