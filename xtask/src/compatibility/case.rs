//! One command line under one host, and its outcome.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};

use anyhow::{Context as _, Result};

use super::command::Command;
use super::programs::Programs;

/// The most seconds that a command line may take.
const LIMIT: &str = "120";

/// Files that command lines read.
pub(super) struct Fixtures(PathBuf);

impl Fixtures {
    /// Writes the files into this folder.
    pub(super) fn create(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let lines = (0..200_000).map(|n| format!("line {n}\n")).collect::<String>();
        let bytes = (0..3_000_000_u32).map(|n| (n.wrapping_mul(n) >> 3) as u8).collect::<Vec<_>>();
        let files: [(&str, &[u8]); 4] = [
            ("lines", lines.as_bytes()),
            ("bytes", &bytes),
            ("short", b"first\nsecond\nthird and last"),
            ("empty", b""),
        ];
        for (name, content) in files {
            let path = folder.join(name);
            fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(Self(folder.to_owned()))
    }
}

/// What a command line did.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    code: Option<i32>,
    stdout: Vec<u8>,
    /// What the program printed, without the messages of the host.
    stderr: Vec<u8>,
    /// The files that it left, by their paths. A folder has no content.
    files: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl Outcome {
    /// Describes what differs between this outcome, which is wasmtime's, and that of the host.
    pub(super) fn difference(&self, ours: &Self) -> Option<String> {
        let mut text = String::new();
        if self.code != ours.code {
            text += &format!("  exit code: wasmtime {:?}, host {:?}\n", self.code, ours.code);
        }
        for (name, theirs, ours) in
            [("stdout", &self.stdout, &ours.stdout), ("stderr", &self.stderr, &ours.stderr)]
        {
            if theirs != ours {
                text += &format!("  {name}: wasmtime {}, host {}\n", shown(theirs), shown(ours));
            }
        }
        let paths = self.files.keys().chain(ours.files.keys()).collect::<std::collections::BTreeSet<_>>();
        for path in paths {
            let contents = [self, ours].map(|outcome| outcome.files.get(path));
            if contents[0] != contents[1] {
                let [theirs, ours] = contents.map(|content| match content {
                    None => "none".to_owned(),
                    Some(None) => "a folder".to_owned(),
                    Some(Some(bytes)) => shown(bytes),
                });
                let path = String::from_utf8_lossy(path);
                text += &format!("  file {path}: wasmtime {theirs}, host {ours}\n");
            }
        }
        (!text.is_empty()).then_some(text)
    }
}

/// Returns the beginning of some bytes, and how many there are.
fn shown(bytes: &[u8]) -> String {
    const SOME: usize = 600;
    let some = String::from_utf8_lossy(&bytes[..bytes.len().min(SOME)]).into_owned();
    format!("{} bytes {some:?}", bytes.len())
}

/// Runs a line of bash in a fresh folder.
pub(super) fn run(
    command: &Command,
    line: &str,
    programs: &Programs,
    fixtures: &Fixtures,
    folder: &Path,
) -> Result<Outcome> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let script = format!("run() {{ \"$HOST\" run {} \"$@\"; }}; {line}", command.options);
    let mut shell = process::Command::new("timeout");
    shell.args([LIMIT, "bash", "-c", &script]).current_dir(folder);
    programs.name(&mut shell);
    // Not below the fixtures: the host does not grant a folder that has its cache.
    shell.env("XDG_CACHE_HOME", fixtures.0.with_file_name("caches"));
    shell.env("HOST", &command.path).env("FILES", &fixtures.0).env_remove("HOST_ARGS").stdin(Stdio::null());
    let output = shell.output().context("cannot start bash")?;
    let mut files = BTreeMap::new();
    list(folder, folder, &mut files)?;
    let stderr = of_the_program(&output.stderr, command.message_prefixes);
    Ok(Outcome { code: output.status.code(), stdout: output.stdout, stderr, files })
}

/// Returns stderr without the messages of the host, which end it.
fn of_the_program(stderr: &[u8], message_prefixes: &[&str]) -> Vec<u8> {
    let lines = stderr.split_inclusive(|&byte| byte == b'\n');
    let is_the_hosts =
        |line: &&[u8]| message_prefixes.iter().any(|prefix| line.starts_with(prefix.as_bytes()));
    lines.take_while(|line| !is_the_hosts(line)).flatten().copied().collect()
}

/// Adds everything below a folder.
fn list(root: &Path, folder: &Path, files: &mut BTreeMap<Vec<u8>, Option<Vec<u8>>>) -> Result<()> {
    let what = || format!("cannot list {}", folder.display());
    for entry in fs::read_dir(folder).with_context(what)? {
        let path = entry.with_context(what)?.path();
        let name = path.strip_prefix(root)?.as_os_str().as_bytes().to_owned();
        let kind = path.symlink_metadata().with_context(what)?.file_type();
        if kind.is_dir() {
            files.insert(name, None);
            list(root, &path, files)?;
        } else if kind.is_symlink() {
            files.insert(name, Some(fs::read_link(&path)?.as_os_str().as_bytes().to_owned()));
        } else if kind.is_file() {
            let content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            files.insert(name, Some(content));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(code: i32, stdout: &str) -> Outcome {
        let stderr = of_the_program(b"own\nerror: not own\n1: frames\n", &["error: "]);
        Outcome { code: Some(code), stdout: stdout.into(), stderr, files: BTreeMap::new() }
    }

    #[test]
    fn outcomes_differ_in_each_part() {
        let one = outcome(0, "text");
        assert_eq!(one.stderr, b"own\n");
        assert_eq!(one.difference(&outcome(0, "text")), None);
        assert!(one.difference(&outcome(1, "text")).unwrap().contains("exit code"));
        assert!(one.difference(&outcome(0, "more")).unwrap().contains("stdout"));
        let mut with_file = outcome(0, "text");
        with_file.files.insert(b"out".to_vec(), Some(b"x".to_vec()));
        assert!(one.difference(&with_file).unwrap().contains("file out: wasmtime none, host 1 bytes"));
    }
}
