//! A running process with a time limit.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use wait_timeout::ChildExt as _;

use crate::Output;
use crate::complaints::Complaints;
use crate::output::abridged;

/// A run that takes longer hangs.
const GUARD: Duration = Duration::from_secs(60);

/// A run that has not ended yet. Dropping it kills it.
#[derive(Debug)]
pub struct Running {
    name: String,
    child: Child,
    stderr: Option<Complaints>,
    deadline: Instant,
}

impl Running {
    /// Starts a command that must end within the time limit.
    #[track_caller]
    pub fn start(mut command: Command) -> Self {
        let words = command.get_args().map(OsStr::to_string_lossy).collect::<Vec<_>>();
        let name = words.join(" ");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stderr = child.stderr.take().map(Complaints::read);
        Self { name, child, stderr, deadline: Instant::now() + GUARD }
    }

    /// Returns the process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Takes the pipe to the app's stdin.
    pub fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().expect("stdin is taken once")
    }

    /// Takes the pipe from the app's stdout.
    pub fn stdout(&mut self) -> ChildStdout {
        self.child.stdout.take().expect("stdout is taken once")
    }

    /// Waits for a line on stderr that contains this text.
    #[track_caller]
    pub fn complains(&mut self, text: &str) -> String {
        let stderr = self.stderr.as_mut().expect("stderr is there until the end");
        match stderr.wait_for(text, self.deadline) {
            Ok(line) => line,
            Err(stderr) => panic!("{} did not say {text:?}; stderr: {stderr}", self.name),
        }
    }

    /// Waits for the end, and for all output that was not taken.
    #[track_caller]
    pub fn end(mut self) -> Output {
        let stdout = self.child.stdout.take().map(reader);
        let left = self.deadline.saturating_duration_since(Instant::now());
        let ended = self.child.wait_timeout(left).expect("waiting for a child");
        if ended.is_none() {
            self.kill();
        }
        let stdout = stdout.map(printed).unwrap_or_default();
        let stderr = self.stderr.take().map(Complaints::all).unwrap_or_default();
        let name = std::mem::take(&mut self.name);
        let Some(status) = ended else {
            let stdout = String::from_utf8_lossy(&stdout);
            panic!("{name} did not end; stdout: {}; stderr: {stderr}", abridged(&stdout));
        };
        let Some(code) = status.code() else {
            panic!("{name} was ended by a signal: {status}; stderr: {stderr}")
        };
        // Panics of guests name files of the tests, the examples and the guest runtime.
        let host_panicked = stderr.contains("panicked at host/") || stderr.contains("thread 'core-");
        assert!(!host_panicked, "{name}: the host panicked: {stderr}");
        Output { name, stdout, stderr, code }
    }

    fn kill(&mut self) {
        // It may have exited already.
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
