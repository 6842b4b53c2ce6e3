//! The step `models`: the models of `host/scheduler`, and mutants of it that they have to find.
//!
//! A model that finds nothing proves nothing. So each file of `host/scheduler/tests/mutants` is a patch with
//! one mistake, and names the model that must fail because of it. The patches are applied to a copy of the
//! crate, so the sources themselves contain no mistakes.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::command::{self, cargo, program, run, succeeds};

/// The kinds of models: each is a test of the scheduler, and built with these flags.
const KINDS: [(&str, &str); 3] = [("model", ""), ("shuttle", "--cfg shuttle"), ("loom", "--cfg loom")];

const CRATE: &str = "host/scheduler";

/// The table of the workspace's manifest that replaces dependencies of its members.
const PATCHES: &str = "[patch.crates-io]\n";

/// The prefix of the line of a patch that names the model.
const FOUND_BY: &str = "Found by: ";

/// Runs all models, and then for each mutant the one that has to find it.
pub(crate) fn check() -> Result<()> {
    let mutants = Mutant::all()?;
    let folder = command::target_dir()?.join("models");
    let copy = folder.join("mutant");
    // First, because it takes no time: a patch that does not apply has to be rewritten.
    mutants.iter().try_for_each(|mutant| mutant.write(&copy))?;
    for kind in KINDS {
        run(&mut models_of(&folder, kind, "--locked"))?;
        for mutant in mutants.iter().filter(|mutant| mutant.kind == kind.0) {
            mutant.write(&copy)?;
            let in_copy = || {
                // The lock file of the copy loses what only the rest of the workspace needs, so it cannot be
                // `--locked`. But offline no other version can get in.
                let mut command = models_of(&folder, kind, "--offline");
                command.current_dir(&copy);
                command
            };
            // A mutant that does not build would make every model fail.
            run(in_copy().arg("--no-run"))?;
            // A mutant whose model was renamed would never be found.
            let listed = in_copy().args(["--", "--exact", &mutant.model, "--list"]).output()?;
            let is_there =
                String::from_utf8_lossy(&listed.stdout).contains(&format!("{}: test", mutant.model));
            ensure!(is_there, "{}, which has to find the mutant {}, is no model", mutant.model, mutant.name);
            eprintln!("$ {} (has to fail: {})", mutant.model, mutant.name);
            if succeeds(in_copy().args(["--", "--exact", &mutant.model])) {
                bail!("the model `{}` of {} does not find the mutant {}", mutant.model, kind.0, mutant.name);
            }
        }
    }
    Ok(())
}

/// Returns the command that builds and runs the models of this kind. Each kind has a target folder of its own,
/// because its flags differ.
fn models_of(folder: &Path, (kind, flags): (&str, &str), versions: &str) -> Command {
    let mut command = cargo(&["test", "--release", versions, "-p", "parallel-scheduler", "--test", kind]);
    command.env("RUSTFLAGS", flags).env("CARGO_TARGET_DIR", folder.join(kind));
    command
}

/// A mistake, and the model that has to find it.
#[derive(Debug, PartialEq)]
struct Mutant {
    name: String,
    kind: String,
    /// The full name of the model in its test.
    model: String,
    patch: PathBuf,
}

impl Mutant {
    /// Reads all patches, in the order of their names.
    fn all() -> Result<Vec<Self>> {
        let folder = command::root().join(CRATE).join("tests/mutants");
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        let mut patches = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
        patches.retain(|path| path.extension() == Some(OsStr::new("patch")));
        patches.sort();
        ensure!(!patches.is_empty(), "there are no mutants in {}", folder.display());
        patches
            .into_iter()
            .map(|patch| {
                let text = fs::read_to_string(&patch)?;
                Self::new(&patch, &text).with_context(|| format!("{} is no mutant", patch.display()))
            })
            .collect()
    }

    fn new(patch: &Path, text: &str) -> Result<Self> {
        let name = patch.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let found_by = text.lines().find_map(|line| line.strip_prefix(FOUND_BY));
        let (kind, model) = found_by
            .and_then(|found_by| found_by.split_once(' '))
            .with_context(|| format!("it lacks a line `{FOUND_BY}KIND MODEL`"))?;
        ensure!(KINDS.iter().any(|&(known, _)| known == kind), "`{kind}` is no kind of models");
        Ok(Self { name, kind: kind.to_owned(), model: model.to_owned(), patch: patch.to_owned() })
    }

    /// Makes a workspace of the crate alone in this folder, and applies the patch there.
    fn write(&self, copy: &Path) -> Result<()> {
        let root = command::root();
        if copy.exists() {
            fs::remove_dir_all(copy)?;
        }
        copy_folder(&root.join(CRATE), &copy.join(CRATE))?;
        fs::copy(root.join("Cargo.lock"), copy.join("Cargo.lock"))?;
        fs::write(copy.join("Cargo.toml"), only_member(&fs::read_to_string(root.join("Cargo.toml"))?)?)?;
        let mut apply = program("git", &["apply", "--whitespace=nowarn"]);
        apply.arg(&self.patch).current_dir(copy.join(CRATE));
        // If a repository contains the copy, git interprets the paths relative to the root of that repository.
        apply.env("GIT_CEILING_DIRECTORIES", copy.parent().unwrap_or(copy));
        run(&mut apply).with_context(|| format!("the mutant {} does not apply any more", self.name))
    }
}

/// Returns the manifest of the workspace with the scheduler as its only member, and without patches, which are
/// for other members.
fn only_member(manifest: &str) -> Result<String> {
    let (before, rest) = manifest.split_once("members = [").context("Cargo.toml has no `members = [`")?;
    let (_, after) = rest.split_once(']').context("the members of Cargo.toml have no end")?;
    let manifest = format!("{before}members = [\"{CRATE}\"]{after}");
    let Some((before, rest)) = manifest.split_once(PATCHES) else { return Ok(manifest) };
    let after = rest.find("\n[").map_or("", |next| &rest[next + 1..]);
    Ok(format!("{before}{after}"))
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_names_its_model() {
        let patch = Path::new("tests/mutants/one-look.patch");
        let mutant = Mutant::new(patch, "It looks once.\n\nFound by: loom items::one\n\n--- a/x\n").unwrap();
        assert_eq!((mutant.name.as_str(), mutant.kind.as_str()), ("one-look", "loom"));
        assert_eq!(mutant.model, "items::one");
        for wrong in ["", "Found by: loom", "Found by: miri one"] {
            assert!(Mutant::new(patch, wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_copy_has_one_member() {
        let manifest =
            "[workspace]\nresolver = \"3\"\nmembers = [\n    \"a\",\n    \"b\",\n]\n\n[profile.release]\n";
        let copy = only_member(manifest).unwrap();
        assert_eq!(
            copy,
            "[workspace]\nresolver = \"3\"\nmembers = [\"host/scheduler\"]\n\n[profile.release]\n"
        );
        let manifest =
            "[workspace]\nmembers = []\n\n[patch.crates-io]\na = { path = \"a\" }\n\n[profile.release]\n";
        let without_patches = "[workspace]\nmembers = [\"host/scheduler\"]\n\n[profile.release]\n";
        assert_eq!(only_member(manifest).unwrap(), without_patches);
        assert!(only_member("[package]\n").is_err());
    }
}
