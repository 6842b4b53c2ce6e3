//! Helpers of the tests: an app, how to run it, and its output.
//!
//! ```no_run
//! use tests::App;
//!
//! App::new("peers_std").cores(2).stdin("a b a").run().stdout("[(\"a\", 2), (\"b\", 1)]\n").exit(0);
//! ```
//!
//! The host and all guests are built when they are first needed. If they are built already, `HOST_BIN` is the
//! file of the host, and `GUESTS_DIR` is the directory of the guests.

#![expect(clippy::missing_panics_doc, reason = "every check panics if it fails")]

mod running;
mod complaints;
mod output;
mod portable;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

pub use output::Output;
pub use portable::Portable;
pub use running::Running;

/// The target of guests.
pub const WASM: &str = "wasm32-wasip2";

static HOST: LazyLock<PathBuf> = LazyLock::new(|| match std::env::var_os("HOST_BIN") {
    Some(path) => path.into(),
    None => {
        build(cargo().args(["build", "--release", "-p", "parallel-host-cli"]));
        target().join("release/host")
    }
});

static GUESTS: LazyLock<PathBuf> = LazyLock::new(|| match std::env::var_os("GUESTS_DIR") {
    Some(path) => path.into(),
    None => {
        build(&mut building_guests());
        target().join(WASM).join("release")
    }
});

fn build(command: &mut Command) {
    let built = command.status();
    assert!(built.is_ok_and(|status| status.success()), "cannot build: {command:?}");
}

/// Returns the command that builds all guests. Building fewer would change features, and everything would be
/// built again.
pub fn building_guests() -> Command {
    let mut command = cargo();
    command.args(["build", "--release", "--target", WASM]);
    command.args(["-p", "programs", "-p", "examples", "-p", "snippets", "-p", "benches"]);
    command.args(["-p", "budget", "-p", "faults", "-p", "records", "-p", "text", "-p", "values"]);
    command.args(["-p", "wasi03", "-p", "jobs03", "-p", "serves03"]);
    command
}

/// Returns a command of the cargo that runs the tests, in the root of the workspace.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    // Removes the variables that cargo set for the tests. They would make cargo rebuild a crate below the
    // host.
    let own = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(own)) {
        command.env_remove(name);
    }
    command
}

/// Returns the root of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is a directory of the workspace")
}

fn target() -> PathBuf {
    root().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// Returns the file of the guest with this name.
pub fn guest(name: &str) -> PathBuf {
    GUESTS.join(name).with_extension("wasm")
}

/// Returns the file of a component in another language, if its tools were available to build it.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
pub fn foreign(name: &str) -> Option<PathBuf> {
    let path = target().join("languages").join(name).with_extension("wasm");
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there (cargo xtask test --only languages)", path.display());
    None
}

/// Returns a command of the host, with a cache that all tests share.
pub fn host() -> Command {
    let mut command = Command::new(&*HOST);
    command
        .env("XDG_CACHE_HOME", target().join("tmp/cache"))
        .env_remove("HOST_CACHE_DIR")
        .env_remove("HOST_ARGS");
    command
}

/// Wraps a command in another one with its arguments, if there is one.
fn wrapped(wrapper: &[OsString], command: Command) -> Command {
    let Some((outer, args)) = wrapper.split_first() else { return command };
    let mut wrapped = Command::new(outer);
    wrapped.args(args).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => wrapped.env(name, value),
            None => wrapped.env_remove(name),
        };
    }
    wrapped
}

/// An app, its arguments, and the options of the host.
#[must_use = "an app does nothing until it is run"]
#[derive(Debug, Clone)]
pub struct App {
    /// The command that runs the host, if any.
    wrapper: Vec<OsString>,
    file: OsString,
    options: Vec<OsString>,
    args: Vec<OsString>,
    stdin: Vec<u8>,
}

impl App {
    /// Selects the guest with this name, of `tests/programs` or the examples.
    pub fn new(name: &str) -> Self {
        Self::file(guest(name))
    }

    /// Selects any file.
    pub fn file(path: impl Into<OsString>) -> Self {
        let file = path.into();
        Self { wrapper: Vec::new(), file, options: Vec::new(), args: Vec::new(), stdin: Vec::new() }
    }

    /// Runs the host under another command, such as `["nohup"]` or `["prlimit", "--nofile=64"]`.
    pub fn under<const N: usize>(mut self, wrapper: [&str; N]) -> Self {
        self.wrapper = wrapper.map(OsString::from).into();
        self
    }

    /// Sets `--cores`.
    pub fn cores(self, cores: usize) -> Self {
        self.option("--cores").option(cores.to_string())
    }

    /// Adds `--dir host::guest`.
    pub fn dir(self, host: &Path, guest: &str) -> Self {
        let mut grant = host.as_os_str().to_owned();
        grant.push("::");
        grant.push(guest);
        self.option("--dir").option(grant)
    }

    /// Adds `--env name=value`.
    pub fn env(self, name: &str, value: &str) -> Self {
        self.option("--env").option(format!("{name}={value}"))
    }

    /// Adds any option of the host.
    pub fn option(mut self, option: impl Into<OsString>) -> Self {
        self.options.push(option.into());
        self
    }

    /// Adds `-S inherit-network`.
    pub fn network(self) -> Self {
        self.option("-S").option("inherit-network")
    }

    /// Adds an argument of the app.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Sets the stdin of the app.
    pub fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = text.into();
        self
    }

    /// Runs the app to its end.
    #[track_caller]
    pub fn run(self) -> Output {
        let (stdin, mut running) = (self.stdin.clone(), self.start());
        let mut pipe = running.stdin();
        // An app need not read all of its stdin.
        let writer = std::thread::spawn(move || _ = pipe.write_all(&stdin));
        let output = running.end();
        writer.join().expect("writing to a pipe");
        output
    }

    /// Starts the app; stdin stays open.
    #[track_caller]
    pub fn start(self) -> Running {
        let mut command = wrapped(&self.wrapper, host());
        command.arg("run").args(self.options).arg("--").arg(&self.file).args(self.args);
        Running::start(command)
    }
}
