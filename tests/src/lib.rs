//! The language of the tests: an app, how it is run, and what came out.
//!
//! ```no_run
//! use tests::App;
//!
//! App::new("peers_std").cores(2).stdin("a b a").run().stdout("[(\"a\", 2), (\"b\", 1)]\n").exit(0);
//! ```
//!
//! The host and all guests are built when they are first needed. Those who have built them
//! already say where: `HOST_BIN` is the host's file, `GUESTS_DIR` the directory of the guests.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::LazyLock;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use wait_timeout::ChildExt as _;

/// No run takes this long, unless it hangs.
const GUARD: Duration = Duration::from_secs(60);

static HOST: LazyLock<PathBuf> = LazyLock::new(|| match std::env::var_os("HOST_BIN") {
    Some(path) => path.into(),
    None => {
        build(&["-p", "host"]);
        target().join("release/host")
    }
});

static GUESTS: LazyLock<PathBuf> = LazyLock::new(|| match std::env::var_os("GUESTS_DIR") {
    Some(path) => path.into(),
    None => {
        build(&["--target", "wasm32-wasip2", "-p", "programs", "-p", "examples"]);
        target().join("wasm32-wasip2/release")
    }
});

fn build(arguments: &[&str]) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo).args(["build", "--release"]).args(arguments).current_dir(root()).status();
    assert!(built.is_ok_and(|status| status.success()), "cannot build {arguments:?}");
}

/// The root of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is a directory of the workspace")
}

fn target() -> PathBuf {
    root().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// The file of the guest of this name.
pub fn guest(name: &str) -> PathBuf {
    GUESTS.join(name).with_extension("wasm")
}

/// The host, without any arguments, and with a cache of compiled guests that all tests share.
pub fn host() -> Command {
    let mut command = Command::new(&*HOST);
    command.env("XDG_CACHE_HOME", target().join("tmp/cache")).env_remove("HOST_CACHE_DIR");
    command
}

/// An app that is about to be run.
#[must_use = "an app does nothing until it is run"]
#[derive(Debug, Clone)]
pub struct App {
    file: OsString,
    options: Vec<OsString>,
    args: Vec<OsString>,
    stdin: Vec<u8>,
}

impl App {
    /// The guest of this name, of `tests/programs` or of the examples.
    pub fn new(name: &str) -> Self {
        Self::file(guest(name))
    }

    /// Any file.
    pub fn file(path: impl Into<OsString>) -> Self {
        Self { file: path.into(), options: Vec::new(), args: Vec::new(), stdin: Vec::new() }
    }

    /// `--cores`
    pub fn cores(self, cores: usize) -> Self {
        self.option("--cores").option(cores.to_string())
    }

    /// `--dir host::guest`
    pub fn dir(self, host: &Path, guest: &str) -> Self {
        let mut grant = host.as_os_str().to_owned();
        grant.push("::");
        grant.push(guest);
        self.option("--dir").option(grant)
    }

    /// `--env name=value`
    pub fn env(self, name: &str, value: &str) -> Self {
        self.option("--env").option(format!("{name}={value}"))
    }

    /// Any option of the host.
    pub fn option(mut self, option: impl Into<OsString>) -> Self {
        self.options.push(option.into());
        self
    }

    /// An argument of the app.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// What the app reads.
    pub fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = text.into();
        self
    }

    /// Runs it to its end.
    #[track_caller]
    pub fn run(self) -> Output {
        let (stdin, mut running) = (self.stdin.clone(), self.start());
        let mut pipe = running.stdin();
        // An app that doesn't read all of it is right, too.
        let writer = std::thread::spawn(move || _ = pipe.write_all(&stdin));
        let output = running.end();
        writer.join().expect("writing to a pipe");
        output
    }

    /// Starts it; stdin stays open.
    #[track_caller]
    pub fn start(self) -> Running {
        let mut command = host();
        command.arg("run").args(self.options).arg("--").arg(&self.file).args(self.args);
        Running::start(command)
    }
}

/// A run that has not ended yet. Dropping it kills it.
#[derive(Debug)]
pub struct Running {
    name: String,
    child: Child,
    stderr: Option<JoinHandle<io::Result<Vec<u8>>>>,
    deadline: Instant,
}

impl Running {
    /// Runs a command that begins now and has to end in time.
    #[track_caller]
    pub fn start(mut command: Command) -> Self {
        let words = command.get_args().map(OsStr::to_string_lossy).collect::<Vec<_>>();
        let name = words.join(" ");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stderr = child.stderr.take().map(reader);
        Self { name, child, stderr, deadline: Instant::now() + GUARD }
    }

    /// The pipe that the app reads.
    pub fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().expect("stdin is taken once")
    }

    /// The pipe that the app writes.
    pub fn stdout(&mut self) -> ChildStdout {
        self.child.stdout.take().expect("stdout is taken once")
    }

    /// Waits for the end, and for all that was printed and not taken.
    #[track_caller]
    pub fn end(mut self) -> Output {
        let stdout = self.child.stdout.take().map(reader);
        let left = self.deadline.saturating_duration_since(Instant::now());
        let ended = self.child.wait_timeout(left).expect("waiting for a child");
        if ended.is_none() {
            self.kill();
        }
        let stdout = stdout.map(printed).unwrap_or_default();
        let stderr = String::from_utf8_lossy(&self.stderr.take().map(printed).unwrap_or_default()).into_owned();
        let name = std::mem::take(&mut self.name);
        let Some(status) = ended else {
            let stdout = String::from_utf8_lossy(&stdout);
            panic!("{name} did not end; stdout: {}; stderr: {stderr}", abridged(&stdout));
        };
        let Some(code) = status.code() else { panic!("{name} was ended by a signal: {status}; stderr: {stderr}") };
        // Panics of guests name files of the tests, the examples and the guest runtime.
        let host_panicked = stderr.contains("panicked at host/") || stderr.contains("thread 'core-");
        assert!(!host_panicked, "{name}: the host panicked: {stderr}");
        Output { name, stdout, stderr, code }
    }

    fn kill(&mut self) {
        // It may have ended just now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

fn reader(mut pipe: impl Read + Send + 'static) -> JoinHandle<io::Result<Vec<u8>>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).map(|_| bytes)
    })
}

fn printed(reader: JoinHandle<io::Result<Vec<u8>>>) -> Vec<u8> {
    reader.join().expect("reading from a pipe").expect("a pipe can be read")
}

/// What came out of a run. Each check panics with all there is to know.
#[derive(Debug)]
pub struct Output {
    /// The arguments of the host.
    pub name: String,
    /// What the app printed.
    pub stdout: Vec<u8>,
    /// What the app and the host printed beside it.
    pub stderr: String,
    /// The exit code.
    pub code: i32,
}

impl Output {
    /// The exit code is this one.
    #[track_caller]
    pub fn exit(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{}", self.report());
        self
    }

    /// The app printed this and nothing else.
    #[track_caller]
    pub fn stdout(&self, expected: &str) -> &Self {
        assert!(self.stdout == expected.as_bytes(), "{}\n--- expected\n{}", self.report(), abridged(expected));
        self
    }

    /// The app printed this, among other things.
    #[track_caller]
    pub fn stdout_has(&self, expected: &str) -> &Self {
        assert!(self.text().contains(expected), "no {expected:?} in stdout of {}", self.report());
        self
    }

    /// Stderr has this, among other things.
    #[track_caller]
    pub fn stderr_has(&self, expected: &str) -> &Self {
        assert!(self.stderr.contains(expected), "no {expected:?} in stderr of {}", self.report());
        self
    }

    /// Stderr is this, and nothing else.
    #[track_caller]
    pub fn stderr(&self, expected: &str) -> &Self {
        assert!(self.stderr == expected, "{}\n--- expected\n{expected}", self.report());
        self
    }

    /// The host said one line of its own, which is no panic.
    #[track_caller]
    pub fn stderr_is_one_line(&self) -> &Self {
        let is_one = self.stderr.ends_with('\n') && self.stderr.lines().count() == 1;
        assert!(is_one && !self.stderr.contains("panicked at"), "{}", self.report());
        self
    }

    /// What the app printed.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    fn report(&self) -> String {
        let Self { name, stderr, code, .. } = self;
        format!("{name}: exit code {code}\n--- stdout\n{}--- stderr\n{stderr}", abridged(&self.text()))
    }
}

fn abridged(text: &str) -> String {
    const LIMIT: usize = 4_000;
    match text.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{}... ({} bytes)\n", &text[..end], text.len()),
        None => text.to_owned(),
    }
}
