//! Checks that the files to write differ from each other and from all other files of the command line.
//!
//! `--trace x --timeline x` used to write one file over the other, and `--trace app.wasm` overwrote the app.
//! Comparing names is not enough, because of hard links, symbolic links and names with dots.

use std::fmt;
use std::fs::{self, Metadata};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use host::Escaped;

use crate::flags::Shown;

/// The most symbolic links to follow, as in the kernel.
const MAX_LINKS: usize = 40;

/// A file and its role on the command line.
#[derive(Debug)]
struct Named {
    what: &'static str,
    /// Its path; a stream has none.
    path: Option<PathBuf>,
    id: Id,
}

/// Two parts of the command line that name the same file; each is described by its role and path.
#[derive(Debug)]
pub(crate) struct Clash {
    written: String,
    other: String,
}

/// The identity of a file, the same under all of its names.
#[derive(Debug, PartialEq, Eq)]
enum Id {
    File {
        dev: u64,
        ino: u64,
    },
    /// A file that does not exist yet: its canonical directory and its name.
    Missing(PathBuf),
    /// A terminal, a pipe or a device, which cannot be overwritten.
    Device,
}

/// Checks that the trace and the timeline are two different files, and neither an input nor a stream of this
/// process.
pub(crate) fn check(shown: &Shown, app: &Path, plugs: &[PathBuf], ca: Option<&Path>) -> Result<(), Clash> {
    let mut others = vec![Named::of("the app", app)];
    others.extend(plugs.iter().map(|plug| Named::of("--plug", plug)));
    others.extend(ca.map(|ca| Named::of("--ca", ca)));
    others.extend(Named::of_stream("stdin", io::stdin()));
    others.extend(Named::of_stream("stdout", io::stdout()));
    others.extend(Named::of_stream("stderr", io::stderr()));
    let written = [("--trace", &shown.trace), ("--timeline", &shown.timeline)];
    for (what, path) in written {
        if let Some(path) = path {
            let written = Named::of(what, path);
            written.differs_from(&others)?;
            others.push(written);
        }
    }
    Ok(())
}

/// Checks that the output of a composition is not one of its inputs.
pub(crate) fn check_output(output: &Path, inputs: &[PathBuf]) -> Result<(), Clash> {
    if output == Path::new("-") {
        return Ok(());
    }
    let inputs = inputs.iter().map(|input| Named::of("the input", input)).collect::<Vec<_>>();
    Named::of("-o", output).differs_from(&inputs)
}

impl Named {
    fn of(what: &'static str, path: &Path) -> Self {
        Self { what, path: Some(path.to_owned()), id: Id::of(path, MAX_LINKS) }
    }

    /// Returns a stream of this process, if it is open.
    fn of_stream(what: &'static str, stream: impl AsFd) -> Option<Self> {
        let file = stream.as_fd().try_clone_to_owned().ok().map(fs::File::from)?;
        Some(Self { what, path: None, id: Id::of_metadata(&file.metadata().ok()?) })
    }

    fn differs_from(&self, others: &[Self]) -> Result<(), Clash> {
        match others.iter().find(|other| self.id != Id::Device && other.id == self.id) {
            Some(other) => Err(Clash { written: self.to_string(), other: other.to_string() }),
            None => Ok(()),
        }
    }
}

impl Id {
    fn of(path: &Path, links: usize) -> Self {
        if let Ok(metadata) = fs::metadata(path) {
            return Self::of_metadata(&metadata);
        }
        let directory = match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        // Writing to a dangling link creates its target.
        if let Ok(target) = fs::read_link(path)
            && links > 0
        {
            return Self::of(&directory.join(target), links - 1);
        }
        let directory = fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
        Self::Missing(directory.join(path.file_name().unwrap_or_default()))
    }

    fn of_metadata(metadata: &Metadata) -> Self {
        if metadata.is_file() {
            Self::File { dev: metadata.dev(), ino: metadata.ino() }
        } else {
            Self::Device
        }
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)?;
        self.path.iter().try_for_each(|path| write!(f, " {}", Escaped(path.display())))
    }
}

impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { written, other } = self;
        write!(f, "{written} and {other} are the same file, which would be overwritten; name another file")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_file_is_recognized_under_all_its_names() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::write(path("app.wasm"), "app").unwrap();
        fs::create_dir(path("d")).unwrap();
        symlink("app.wasm", path("soft")).unwrap();
        symlink("soft", path("softer")).unwrap();
        fs::hard_link(path("app.wasm"), path("hard")).unwrap();
        symlink("new", path("dangling")).unwrap();
        symlink("circle", path("circle")).unwrap();
        let clashes = |a: &str, b: &str| check_output(&path(a), &[path("other"), path(b)]).is_err();
        for name in ["app.wasm", "soft", "softer", "hard", "d/../app.wasm", "./app.wasm"] {
            assert!(clashes(name, "app.wasm"), "{name}");
        }
        assert!(clashes("new", "dangling") && clashes("d/../new", "new"));
        assert!(!clashes("new", "app.wasm") && !clashes("d/new", "new") && !clashes("circle", "app.wasm"));
        assert!(check_output(Path::new("-"), &["-".into()]).is_ok());
        assert!(check_output(Path::new("/dev/null"), &["/dev/null".into()]).is_ok());
    }

    #[test]
    fn the_error_names_both() {
        let shown =
            Shown { trace: Some("no/such/x".into()), timeline: Some("no/such/x".into()), ..Shown::default() };
        let text = check(&shown, Path::new("app.wasm"), &[], None).unwrap_err().to_string();
        let expected =
            "--timeline no/such/x and --trace no/such/x are the same file, which would be overwritten";
        assert!(text.starts_with(expected), "{text}");
        let shown = Shown { trace: Some("b\n.wasm".into()), ..Shown::default() };
        let text = check(&shown, Path::new("app.wasm"), &["b\n.wasm".into()], None).unwrap_err().to_string();
        assert!(text.contains("--trace b\\n.wasm and --plug b\\n.wasm"), "{text}");
    }
}
