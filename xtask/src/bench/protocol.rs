//! A running program that reports its progress line by line, and waits for a line on stdin before it continues.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use anyhow::{Context as _, Result};

/// A program that prints nothing for this long hangs.
const GUARD: Duration = Duration::from_secs(60);

/// The line that a job prints when it has started.
pub(crate) const BEGUN: &str = "begun";

/// The program. Dropping this kills it.
pub(crate) struct Process {
    child: Child,
    lines: Receiver<String>,
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let name = command.get_program().to_owned();
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.with_context(|| format!("cannot start {}", name.display()))?;
        let stdout = child.stdout.take().context("the program has no stdout")?;
        let (sender, lines) = channel();
        // When the receiver is dropped, sending fails, and the thread ends without reading the rest.
        std::thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Ok(Self { child, lines })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until each of these lines was printed this many times, in any order. Ignores other lines.
    pub(crate) fn hear(&self, mut wanted: Vec<(&str, usize)>) -> Result<()> {
        while wanted.iter().any(|(_, times)| *times > 0) {
            let line = self.line()?;
            let heard = wanted.iter_mut().filter(|(wanted, _)| *wanted == line);
            heard.for_each(|(_, times)| *times = times.saturating_sub(1));
        }
        Ok(())
    }

    /// Waits until this many jobs have started.
    pub(crate) fn hear_begun(&self, jobs: usize) -> Result<()> {
        self.hear(vec![(BEGUN, jobs)])
    }

    /// Waits for the next line that is a number, and returns it.
    pub(crate) fn number(&self) -> Result<f64> {
        loop {
            if let Ok(number) = self.line()?.parse() {
                return Ok(number);
            }
        }
    }

    /// Waits for this many numbers, and returns them.
    pub(crate) fn numbers(&self, count: usize) -> Result<Vec<f64>> {
        (0..count).map(|_| self.number()).collect()
    }

    /// Writes the line that the program waits for.
    pub(crate) fn go_on(&mut self) -> Result<()> {
        let stdin = self.child.stdin.as_mut().context("the program has no stdin")?;
        stdin.write_all(b"\n").context("the program does not read its stdin")
    }

    /// Waits for the end of the program.
    pub(crate) fn end(mut self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }

    fn line(&self) -> Result<String> {
        self.lines.recv_timeout(GUARD).context("the program ended, or was silent for too long")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended just now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_heard_and_goes_on() {
        let script = "echo begun; echo so; echo begun; read line; echo 1.5; exit 3";
        let mut process = Process::start(Command::new("sh").args(["-c", script])).unwrap();
        process.hear(vec![(BEGUN, 2), ("so", 1)]).unwrap();
        process.go_on().unwrap();
        assert_eq!(process.numbers(1).unwrap(), [1.5]);
        assert!(process.number().is_err(), "it has ended");
        assert_eq!(process.end().unwrap().code(), Some(3));
    }
}
