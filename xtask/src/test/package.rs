//! Checks that the published packages are complete and build without the workspace.
//!
//! Inside the workspace a package can use files outside of its folder, and the error appears only for users. So
//! each package is packed, unpacked into an empty directory and built there. Its dependencies need not be built
//! again, because profile, features and lock file are the same.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::command::{self, cargo, run};
use crate::toolchain::WASM;

/// The package of the command; its dependencies are the packages of the host.
const COMMAND: &str = "parallel-host-cli";
/// The package that programs use.
const GUEST: &str = "parallel-guest-runtime";

/// The metadata that the registry requires of a package.
const DESCRIBED: [&str; 8] =
    ["description", "license", "repository", "readme", "keywords", "categories", "rust_version", "edition"];

/// A package that is published.
#[derive(Debug)]
struct Package {
    name: String,
    version: String,
    /// Its metadata, as cargo reports it.
    described: Value,
}

/// Packs, unpacks and builds every package that is published.
///
/// # Errors
///
/// Fails if a package lacks metadata or a file, or does not build.
pub(crate) fn check() -> Result<()> {
    let packages = published()?;
    packages.iter().try_for_each(Package::is_described)?;
    let names = packages.iter().flat_map(|package| ["-p", &package.name]);
    run(cargo(&["package", "--no-verify", "--offline", "--allow-dirty"]).args(names))?;

    let folder = command::target_dir()?.join("unpacked");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for package in &packages {
        package.unpack(&folder)?;
    }
    workspace(&folder, &packages)?;
    run(build(&folder)?.args(["-p", GUEST, "--all-features", "--target", WASM]))?;
    run(build(&folder)?.args(["-p", COMMAND]))?;
    run(Command::new(folder.join("target/release/host")).arg("--version"))
}

/// Returns the members of the workspace that may be published.
fn published() -> Result<Vec<Package>> {
    let metadata = ["metadata", "--format-version", "1", "--no-deps", "--offline", "--locked"];
    let output = cargo(&metadata).output().context("cannot start cargo")?;
    ensure!(output.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    let mut metadata: Value = serde_json::from_slice(&output.stdout)?;
    let members = metadata["packages"].as_array_mut().context("cargo metadata has packages")?;
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let published = members.drain(..).filter(|member| member["publish"].is_null());
    let package = |described: Value| Package {
        name: word(&described["name"]),
        version: word(&described["version"]),
        described,
    };
    Ok(published.map(package).collect())
}

/// Makes the unpacked packages a workspace in which they depend on each other, and not on the registry.
fn workspace(folder: &Path, packages: &[Package]) -> Result<()> {
    let root = command::root();
    let read = |name: &str| {
        let path = root.join(name);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let manifest = read("Cargo.toml")?;
    // With other versions in the lock file, wasmtime would be built again.
    let profiles = manifest.find("[profile.").context("Cargo.toml has profiles")?;
    let mut text = "[workspace]\nresolver = \"3\"\nmembers = [\"*-*.*.*\"]\n\n[patch.crates-io]\n".to_owned();
    let mut config = String::new();
    for package in packages {
        text += &format!("{} = {{ path = {:?} }}\n", package.name, package.folder());
        // The packages are only built, not run, so they need no optimization.
        config += &format!("[profile.release.package.{}]\nopt-level = 0\ncodegen-units = 16\n", package.name);
    }
    fs::write(folder.join("Cargo.toml"), text + "\n" + &manifest[profiles..])?;
    fs::write(folder.join("Cargo.lock"), read("Cargo.lock")?)?;
    fs::create_dir(folder.join(".cargo"))?;
    fs::write(folder.join(".cargo/config.toml"), config)?;
    Ok(())
}

/// Builds in this folder, with the dependencies that the workspace has built.
fn build(folder: &Path) -> Result<Command> {
    let mut command = cargo(&["build", "--release", "--offline"]);
    command.current_dir(folder);
    command.env("CARGO_BUILD_BUILD_DIR", command::target_dir()?);
    // The final artifacts are stored here, so that they do not replace those of the workspace.
    command.env("CARGO_TARGET_DIR", folder.join("target"));
    Ok(command)
}

impl Package {
    fn is_described(&self) -> Result<()> {
        let is_missing = |value: &Value| match value {
            Value::Null => true,
            Value::Array(values) => values.is_empty(),
            _ => false,
        };
        match DESCRIBED.iter().find(|&&what| is_missing(&self.described[what])) {
            Some(what) => bail!("{} is published, and its Cargo.toml has no {what}", self.name),
            None => Ok(()),
        }
    }

    /// Returns the name of its folder after unpacking.
    fn folder(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }

    /// Unpacks the package, and compares the files that it shares with the repository.
    fn unpack(&self, folder: &Path) -> Result<()> {
        let packed = command::target_dir()?.join("package").join(self.folder() + ".crate");
        // Without the times in the archive, which are always the same: cargo would not notice changes.
        run(Command::new("tar").arg("-xzmf").arg(packed).arg("-C").arg(folder))?;
        let unpacked = folder.join(self.folder());
        let root = command::root();
        same(&root.join("LICENSE"), &unpacked.join("LICENSE"))?;
        ensure!(unpacked.join("README.md").is_file(), "{} has no README.md", self.folder());
        let manifest = self.described["manifest_path"].as_str().context("a package has a manifest")?;
        if Path::new(manifest).with_file_name("wit").exists() {
            for file in files(&root.join("wit"))? {
                let copy = unpacked.join(file.strip_prefix(root)?);
                same(&file, &copy)?;
            }
        }
        Ok(())
    }
}

/// Returns all files below a folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(self::files(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

/// Fails unless both are files with the same content.
fn same(ours: &Path, packed: &Path) -> Result<()> {
    let read = |path: &Path| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    ensure!(read(ours)? == read(packed)?, "{} is not {}", packed.display(), ours.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packages_of_users_are_published() {
        let packages = published().unwrap();
        let names: Vec<_> = packages.iter().map(|package| package.name.as_str()).collect();
        assert_eq!(names.len(), 6, "{names:?}");
        assert!(names.contains(&COMMAND) && names.contains(&GUEST), "{names:?}");
        packages.iter().try_for_each(Package::is_described).unwrap();
    }

    #[test]
    fn what_is_not_described_is_named() {
        let described = serde_json::json!({ "description": "text", "license": "text", "repository": null });
        let package = Package { name: "name".to_owned(), version: "1.0.0".to_owned(), described };
        let error = package.is_described().unwrap_err().to_string();
        assert_eq!(error, "name is published, and its Cargo.toml has no repository");
    }

    #[test]
    fn a_file_that_differs_is_named() {
        let manifest = command::root().join("Cargo.toml");
        same(&manifest, &manifest).unwrap();
        let error = same(&manifest, &command::root().join("LICENSE")).unwrap_err().to_string();
        assert!(error.contains("LICENSE is not "), "{error}");
    }

    #[test]
    fn the_contract_is_found_below_its_folder() {
        let files = files(&command::root().join("wit")).unwrap();
        assert!(files.contains(&command::root().join("wit/deps/io.wit")), "{files:?}");
    }
}
