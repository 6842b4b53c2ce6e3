//! Copies the sources of the project, and links its build results.

use std::fs::{self, File};
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail};

use crate::command;
use crate::toolchain::WASM;

/// Copies the sources of the project, with their times and links.
pub(super) fn copy_sources(to: &Path) -> Result<()> {
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

/// Makes these sources newer than all build results.
pub(super) fn touch(sources: &Path, folders: &[&str]) -> Result<()> {
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
pub(super) fn link_programs(built: &Path, to: &Path) -> Result<()> {
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
