//! A portable app on runtimes of other projects.

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use crate::{Output, Running, build, cargo, guest, host, root, target};

/// A wasmtime that provides only WASI.
static PLAIN: LazyLock<PathBuf> = LazyLock::new(|| match std::env::var_os("PLAIN_WASI_BIN") {
    Some(path) => path.into(),
    None => {
        // With the features of the command, so that nothing is built twice.
        let example = ["-p", "parallel-host", "--features", "cluster", "--example", "plain_wasi"];
        build(cargo().args(["build", "--release"]).args(example));
        target().join("release/examples/plain_wasi")
    }
});

/// Returns a tool of `cargo xtask test --only languages`, if it could be installed.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn language(name: &str) -> Option<PathBuf> {
    let path = target().join("languages").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there (cargo xtask test --only languages)", path.display());
    None
}

/// A WASI 0.2 component, and how to run it.
#[must_use = "an app does nothing until it is run"]
#[derive(Debug, Clone)]
pub struct Portable {
    file: PathBuf,
    dir: PathBuf,
    args: Vec<OsString>,
    stdin: Vec<u8>,
}

impl Portable {
    /// Makes the guest with this name portable, and writes it into this directory.
    #[track_caller]
    pub fn new(name: &str, directory: &Path) -> Self {
        let file = directory.join(name).with_extension("wasm");
        let mut command = host();
        command.arg("compose").arg(guest(name)).args(["--portable", "-o"]).arg(&file);
        Running::start(command).end().exit(0);
        Self { file, dir: PathBuf::new(), args: Vec::new(), stdin: Vec::new() }
    }

    /// Sets the directory that is its `/`.
    pub fn dir(mut self, dir: &Path) -> Self {
        dir.clone_into(&mut self.dir);
        self
    }

    /// Sets its arguments.
    pub fn args(mut self, args: &[&str]) -> Self {
        self.args = args.iter().map(OsString::from).collect();
        self
    }

    /// Sets its stdin.
    pub fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = text.into();
        self
    }

    /// Runs it in a plain wasmtime.
    #[track_caller]
    pub fn run_plain(&self) -> Output {
        self.run(self.plain())
    }

    /// Runs it in the published wasmtime, if that is installed.
    #[track_caller]
    pub fn run_stock(&self) -> Option<Output> {
        let mut command = Command::new(language("wasmtime-py-50.0.1/bin/python3")?);
        command.arg(root().join("tests/it/portable/stock.py")).arg(&self.file).arg(&self.dir);
        Some(self.run(command))
    }

    /// Translates it to JavaScript with jco and runs it in Node, if jco is installed.
    #[track_caller]
    pub fn run_jco(&self) -> Option<Output> {
        let printed = self.file.with_extension("printed");
        // Output goes to a file, because Node writes files synchronously. It may exit before a pipe has taken
        // all.
        let mut command = self.javascript(r#"exec "$@" > "$PRINTED""#)?;
        let mut output = self.run({
            command.env("PRINTED", &printed);
            command
        });
        output.stdout = fs::read(&printed).expect("what it printed");
        Some(output)
    }

    /// Starts it in a plain wasmtime.
    #[track_caller]
    pub fn start_plain(&self) -> Running {
        self.start(self.plain())
    }

    /// Starts it in Node, if jco is installed.
    #[track_caller]
    pub fn start_jco(&self) -> Option<Running> {
        Some(self.start(self.javascript(r#"exec "$@""#)?))
    }

    fn plain(&self) -> Command {
        let mut command = Command::new(&*PLAIN);
        command.arg(&self.file).arg(&self.dir);
        command
    }

    /// Returns a shell command that runs this script with jco.
    fn javascript(&self, script: &str) -> Option<Command> {
        let jco = language("jco-1.35.0/node_modules")?;
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh"]).arg(jco.join(".bin/jco"));
        command.arg("run").arg("--jco-import").arg(root().join("tests/it/portable/grant.mjs"));
        command.arg(&self.file);
        command.env("JCO_PACKAGE", jco.join("@bytecodealliance/jco/package.json"));
        if !self.dir.as_os_str().is_empty() {
            command.env("GRANT_DIR", &self.dir);
        }
        Some(command)
    }

    #[track_caller]
    fn start(&self, mut command: Command) -> Running {
        command.args(&self.args);
        Running::start(command)
    }

    #[track_caller]
    fn run(&self, command: Command) -> Output {
        let mut running = self.start(command);
        // An app need not read all of its stdin.
        let (mut pipe, stdin) = (running.stdin(), self.stdin.clone());
        let writer = std::thread::spawn(move || _ = pipe.write_all(&stdin));
        let output = running.end();
        writer.join().expect("writing to a pipe");
        output
    }
}
