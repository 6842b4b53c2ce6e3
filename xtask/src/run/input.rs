//! Records what an app reads from stdin, so that it can be replayed.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// The most that is recorded, in bytes.
const LIMIT: usize = 256 << 20;

/// The stdin of this process, which the app inherits.
pub(crate) enum Input {
    /// A terminal, which only the app reads: a background process that reads from its terminal is stopped.
    Terminal,
    /// A pipe, a file or nothing, and what was read from it so far.
    Recorded(Arc<Mutex<Recording>>),
}

#[derive(Default)]
pub(crate) struct Recording {
    bytes: Vec<u8>,
    too_long: bool,
}

impl Input {
    pub(crate) fn of_this_process() -> Self {
        if io::stdin().is_terminal() { Self::Terminal } else { Self::Recorded(Arc::default()) }
    }

    /// Runs a command with this process's stdin, stdout and stderr.
    pub(crate) fn run_live(&self, mut command: Command) -> io::Result<ExitStatus> {
        let Self::Recorded(recording) = self else { return command.status() };
        let mut child = command.stdin(Stdio::piped()).spawn()?;
        let (to, recording) = (child.stdin.take(), Arc::clone(recording));
        // Never joined: it may wait for a pipe that stays open and silent.
        thread::spawn(move || to.map(|to| record(io::stdin(), to, &recording)));
        child.wait()
    }

    /// Starts a command with the recorded input as its stdin.
    pub(crate) fn spawn_again(&self, mut command: Command) -> io::Result<Child> {
        let Self::Recorded(recording) = self else { return command.stdin(Stdio::null()).spawn() };
        let mut child = command.stdin(Stdio::piped()).spawn()?;
        let (to, bytes) = (child.stdin.take(), lock(recording).bytes.clone());
        // Write errors are ignored, because an app need not read all of its input.
        thread::spawn(move || to.map(|mut to| to.write_all(&bytes)));
        Ok(child)
    }

    /// Returns whether the recording has everything that the app may have read.
    pub(crate) fn can_be_given_again(&self) -> bool {
        match self {
            Self::Terminal => true,
            Self::Recorded(recording) => !lock(recording).too_long,
        }
    }
}

/// Copies until the end of `from`, or until `to` is closed.
fn record(mut from: impl io::Read, mut to: impl io::Write, recording: &Mutex<Recording>) -> io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let bytes = match from.read(&mut buffer)? {
            0 => return Ok(()),
            length => &buffer[..length],
        };
        lock(recording).push(bytes);
        to.write_all(bytes)?;
        to.flush()?;
    }
}

impl Recording {
    fn push(&mut self, bytes: &[u8]) {
        self.too_long |= self.bytes.len() + bytes.len() > LIMIT;
        if self.too_long {
            self.bytes = Vec::new();
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }
}

fn lock(recording: &Mutex<Recording>) -> MutexGuard<'_, Recording> {
    recording.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_read_again() {
        let recording = Arc::<Mutex<Recording>>::default();
        let mut first = Vec::new();
        record(&b"two\nlines\n"[..], &mut first, &recording).unwrap();
        assert_eq!(first, b"two\nlines\n");

        let input = Input::Recorded(recording);
        for _ in 0..2 {
            let mut cat = Command::new("cat");
            cat.stdout(Stdio::piped());
            let output = input.spawn_again(cat).unwrap().wait_with_output().unwrap();
            assert_eq!(output.stdout, b"two\nlines\n");
        }
    }

    #[test]
    fn too_much_is_not_kept() {
        let mut recording = Recording::default();
        recording.push(&vec![0; LIMIT]);
        assert!(!recording.too_long);
        recording.push(&[0]);
        assert!(recording.too_long);
        assert_eq!(recording.bytes.capacity(), 0);
        assert!(!Input::Recorded(Arc::new(Mutex::new(recording))).can_be_given_again());
    }
}
