//! `host new`: writes the files of a new project, and overwrites nothing.

mod name;

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use host::Escaped;

use crate::flags::New;

/// The path and the text of each file. In this repository the manifest has another name, because cargo would
/// not package a directory with a `Cargo.toml`.
const FILES: [(&str, &str); 4] = [
    ("Cargo.toml", include_str!("../template/Cargo.toml.in")),
    (".cargo/config.toml", include_str!("../template/cargo-config.toml")),
    (".gitignore", include_str!("../template/gitignore")),
    ("rust-toolchain.toml", include_str!("../template/rust-toolchain.toml")),
];

/// The program of a command, and that of an HTTP handler.
const MAIN: &str = "src/main.rs";
const COMMAND: &str = include_str!("../template/main.rs");
const HANDLER: &str = include_str!("../template/handler.rs");

/// The reason why a project was not created.
#[derive(Debug)]
pub(crate) enum Error {
    /// The command line is invalid. Nothing was changed.
    Refused(String),
    NotWritten(PathBuf, io::Error),
}

/// Creates a project, and returns a text with the next steps.
///
/// # Errors
///
/// Fails without a change if the directory cannot contain a new package.
pub(crate) fn create(New { dir, runtime, serve }: &New) -> Result<String, Error> {
    let name = name::of(dir).map_err(Error::Refused)?;
    is_free(dir)?;
    let mut source = source(runtime.as_deref())?;
    if *serve {
        source += ", features = [\"http\"]";
    }
    let program = (MAIN, if *serve { HANDLER } else { COMMAND });
    for (path, text) in FILES.into_iter().chain([program]) {
        let path = dir.join(path);
        let text = text.replace("{name}", &name).replace("{source}", &source);
        write(&path, &text).map_err(|error| Error::NotWritten(path, error))?;
    }
    let shown = Escaped(dir.display());
    let run = match serve {
        false => "cargo run".to_owned(),
        true => format!("cargo build\n  host serve target/wasm32-wasip2/debug/{name}.wasm"),
    };
    Ok(format!("Created {name}. Next:\n\n  cd {shown}\n  {run}\n  cargo test\n"))
}

/// Checks that this directory is empty or does not exist.
fn is_free(dir: &Path) -> Result<(), Error> {
    let refused = |why: &dyn fmt::Display| {
        Err(Error::Refused(format!("cannot create a project in {}: {why}", Escaped(dir.display()))))
    };
    match fs::read_dir(dir).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => refused(&"the directory is not empty"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => refused(&error),
    }
}

/// Returns the dependency on the guest runtime, as written in a manifest.
fn source(runtime: Option<&Path>) -> Result<String, Error> {
    let Some(runtime) = runtime else {
        return Ok(format!("version = \"{}\"", env!("CARGO_PKG_VERSION")));
    };
    let refused = |why: &dyn fmt::Display| {
        Error::Refused(format!("cannot use {} as the guest runtime: {why}", Escaped(runtime.display())))
    };
    let path = fs::canonicalize(runtime).map_err(|error| refused(&error))?;
    if !path.join("Cargo.toml").is_file() {
        return Err(refused(&"it has no Cargo.toml"));
    }
    let path = path.to_str().filter(|path| !path.contains(char::is_control));
    let path = path.ok_or_else(|| refused(&"a manifest cannot have such a path"))?;
    Ok(format!("path = \"{}\"", path.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// Writes a file that does not exist yet.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    File::create_new(path)?.write_all(text.as_bytes())
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => f.write_str(why),
            Self::NotWritten(path, error) => write!(f, "cannot write {}: {error}", Escaped(path.display())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = folder.path().canonicalize().unwrap().join("a \"b\" \\c");
        fs::create_dir(&runtime).unwrap();
        let error = source(Some(&runtime)).unwrap_err().to_string();
        assert!(error.ends_with("it has no Cargo.toml"), "{error}");
        fs::write(runtime.join("Cargo.toml"), "").unwrap();
        let source = source(Some(&runtime)).unwrap();
        assert!(source.ends_with(r#"/a \"b\" \\c""#), "{source}");
    }

    #[test]
    fn the_version_is_that_of_the_host() {
        assert_eq!(source(None).unwrap(), format!("version = {:?}", env!("CARGO_PKG_VERSION")));
    }
}
