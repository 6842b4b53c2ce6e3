//! An app in a test: run on a host that others use too, with an end of the pipe that it prints to.

use std::io::{Read as _, pipe};
use std::path::PathBuf;
use std::sync::LazyLock;
use std::thread::{JoinHandle, spawn};

use host::{App, Config, Error, Host, Run, RunConfig, Stdio};

static GUESTS: LazyLock<PathBuf> = LazyLock::new(|| match std::env::var_os("GUESTS_DIR") {
    Some(path) => path.into(),
    None => PathBuf::from(env!("CARGO_TARGET_TMPDIR")).with_file_name("wasm32-wasip2").join("release"),
});

/// The file of a guest, which has to be built.
pub(crate) fn guest(name: &str) -> PathBuf {
    let path = GUESTS.join(name).with_extension("wasm");
    let command = "cargo xtask test --only guests";
    assert!(path.exists(), "{} is missing: {command}", path.display());
    path
}

/// A host with so many cores.
pub(crate) fn host(cores: usize) -> Host {
    Host::new(&config(cores)).unwrap()
}

/// The configuration of such a host.
pub(crate) fn config(cores: usize) -> Config {
    let mut config = Config::default();
    config.cores = cores.try_into().unwrap();
    config
}

/// A run, and what reads its stdout.
pub(crate) struct Running {
    pub(crate) run: Run,
    stdout: JoinHandle<String>,
}

/// Starts the app with these arguments and otherwise with this configuration.
pub(crate) fn start(app: &App, args: &[&str], mut config: RunConfig) -> Running {
    let (mut reader, writer) = pipe().unwrap();
    config.args = args.iter().map(|&arg| arg.to_owned()).collect();
    config.stdin = false;
    config.stdout = Stdio::to(writer);
    let run = app.start(&config).unwrap();
    let stdout = spawn(move || {
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        text
    });
    Running { run, stdout }
}

impl Running {
    /// How it ended, and what it printed.
    pub(crate) fn wait(self) -> (Result<u8, Error>, String) {
        let ended = self.run.wait();
        (ended, self.stdout.join().unwrap())
    }
}
