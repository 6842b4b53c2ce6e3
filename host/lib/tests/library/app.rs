//! An app in a test: it runs on a shared host, and prints to a pipe.

use std::io::{Read as _, pipe};
use std::thread::{JoinHandle, spawn};

use host::{App, Config, Error, Host, Run, RunConfig, Stdio};

/// Creates a host with this many cores.
pub(crate) fn host(cores: usize) -> Host {
    Host::new(&config(cores)).unwrap()
}

/// Returns the configuration of such a host.
pub(crate) fn config(cores: usize) -> Config {
    let mut config = Config::default();
    config.cores = cores.try_into().unwrap();
    config
}

/// A run, and the reader of its stdout.
pub(crate) struct Running {
    pub(crate) run: Run,
    stdout: JoinHandle<String>,
}

/// Starts the app with these arguments, and otherwise with this configuration.
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
    /// Waits for the end. Returns the result and the output.
    pub(crate) fn wait(self) -> (Result<u8, Error>, String) {
        let ended = self.run.wait();
        (ended, self.stdout.join().unwrap())
    }
}
