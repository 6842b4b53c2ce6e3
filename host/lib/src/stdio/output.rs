//! The output of an app: the stdout and stderr of all instances, through the host's own writer.
//!
//! A core must never wait for the reader of a pipe, which wasmtime's own stdio does. So a write goes into a
//! bounded queue. If the queue is full, only the guest that wants to write is suspended. A separate thread
//! empties the queue. If a write cannot block (a file, a pipe with room), the core writes at once, without
//! waking that thread: this takes 0.7 us, where waking the thread and being woken by it took 4 to 29.
//!
//! Lines of two instances never mix. `eprintln!` prints a line in several writes, so the start of a line is
//! held back until its end arrives. A prompt, which has no end, is released by [`OpenLines`]. Output that an
//! instance wrote before it trapped is still written. An app without jobs has one instance, and nothing of it is
//! held back: a flush that returns has written.

use std::convert::Infallible;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

#[cfg(feature = "cluster")]
use bytes::Bytes;

use super::account::Account;
#[cfg(feature = "cluster")]
use super::forward::Forward;
use super::last_words::LastWords;
use super::line::{Line, OpenLines};
use super::queue::Queue;
use super::sink::Sink;
use super::stream::Printer;
use crate::config;
use crate::observe::status::{StatusLine, is_same_output};

/// The time in which the output of a stopped run has to be written.
///
/// Long enough for any reader that reads at all, since at most 1 MiB is queued.
const LAST_WRITES: Duration = Duration::from_secs(1);

/// A thread that empties a queue.
#[derive(Debug)]
struct Writer {
    thread: JoinHandle<()>,
    /// Disconnected when the thread ends.
    ended: Receiver<Infallible>,
}

/// The stdout and stderr of one run.
///
/// A clone is the same output. If the last clone is dropped before [`finish`](Self::finish), queued output is
/// still written while the process lives, but is not waited for.
#[derive(Debug, Clone)]
pub(crate) struct Output(Arc<Streams>);

#[derive(Debug)]
struct Streams {
    stdout: Arc<Queue>,
    /// The same queue as stdout's if both are one pipe, terminal or open file.
    stderr: Arc<Queue>,
    /// Whether lines are kept together, because several instances may print.
    keeps_lines: bool,
    last_words: Arc<LastWords>,
    writers: Mutex<Vec<Writer>>,
}

impl Output {
    /// Opens an output to these two destinations. The status line is erased during writes if it is on the
    /// same terminal. `keeps_lines` is for apps that may have several instances.
    ///
    /// # Errors
    ///
    /// Fails if the OS refuses a file descriptor or a thread.
    pub(crate) fn open(
        stdout: &config::Stdio,
        stderr: &config::Stdio,
        status: Option<&StatusLine>,
        keeps_lines: bool,
    ) -> io::Result<Self> {
        Self::beside(stdout.open(io::stdout())?, stderr.open(io::stderr())?, status, keeps_lines)
    }

    /// Creates an output that is forwarded to another machine.
    ///
    /// # Errors
    ///
    /// Fails if the OS refuses a thread.
    #[cfg(feature = "cluster")]
    pub(crate) fn forwarded(stdout: Arc<dyn Forward>, stderr: Arc<dyn Forward>) -> io::Result<Self> {
        Self::to(Sink::Forward(stdout), Some(Sink::Forward(stderr)), true)
    }

    /// Queues a text that another machine has sent. It is written in one piece.
    #[cfg(feature = "cluster")]
    pub(crate) fn print(&self, is_stderr: bool, text: Bytes) {
        let Streams { stdout, stderr, .. } = &*self.0;
        (if is_stderr { stderr } else { stdout }).print(text);
    }

    /// Creates an output to these two files, pipes or other descriptors.
    ///
    /// # Errors
    ///
    /// Fails if the OS refuses a thread.
    #[cfg(test)]
    pub(crate) fn new(stdout: OwnedFd, stderr: OwnedFd) -> io::Result<Self> {
        Self::beside(stdout, stderr, None, true)
    }

    fn beside(
        stdout: OwnedFd,
        stderr: OwnedFd,
        status: Option<&StatusLine>,
        keeps_lines: bool,
    ) -> io::Result<Self> {
        let sink = |fd| {
            let status = status.filter(|status| status.is_on(&fd)).cloned();
            Sink::new(fd, status)
        };
        let same = is_same_output(&stdout, &stderr);
        let (stdout, stderr) = (sink(stdout), (!same).then(|| sink(stderr)));
        Self::to(stdout, stderr, keeps_lines)
    }

    /// Creates an output to these two destinations. Without the second, both streams go to the first.
    fn to(stdout: Sink, stderr: Option<Sink>, keeps_lines: bool) -> io::Result<Self> {
        let mut writers = Vec::new();
        let stdout = start("stdout", stdout, &mut writers)?;
        let stderr = match stderr.map(|stderr| start("stderr", stderr, &mut writers)) {
            None => Arc::clone(&stdout),
            Some(Ok(stderr)) => stderr,
            Some(Err(error)) => {
                stdout.close();
                return Err(error);
            }
        };
        let (writers, last_words) = (Mutex::new(writers), Arc::default());
        Ok(Self(Arc::new(Streams { stdout, stderr, keeps_lines, last_words, writers })))
    }

    /// Returns stdout and stderr for one instance, with the handle that releases its unfinished lines.
    pub(crate) fn stdio(&self) -> (Printer, Printer, OpenLines) {
        let Streams { stdout, stderr, keeps_lines, last_words, .. } = &*self.0;
        let open = Arc::new(AtomicUsize::new(0));
        let account = |last_words| Account::new(Arc::clone(&open), *keeps_lines, last_words);
        let mut out = Line::new(stdout, account(None));
        out.begins = Some(Arc::clone(last_words));
        let out = Arc::new(out);
        let err = if Arc::ptr_eq(stdout, stderr) {
            Arc::clone(&out)
        } else {
            Arc::new(Line::new(stderr, account(Some(Arc::clone(last_words)))))
        };
        let lines = OpenLines::new(open, &out, &err, last_words);
        (Printer::new(out), Printer::new(err), lines)
    }

    /// Returns stdout for one instance.
    #[cfg(test)]
    pub(crate) fn stdout(&self) -> Printer {
        self.stdio().0
    }

    /// Returns stderr for one instance.
    #[cfg(test)]
    pub(crate) fn stderr(&self) -> Printer {
        self.stdio().1
    }

    /// Writes all that is queued, and ends the writers. Later writes are refused. Output that an instance
    /// still holds back would be lost, so its streams have to be dropped before this.
    ///
    /// This waits for the reader of a pipe for as long as it takes, as any program does at its end. With
    /// `is_stopped`, which is for runs that were ended by a limit or a signal, it waits for a second, and
    /// then abandons what has not been written.
    ///
    /// `has_trapped` tells that main did. If it did after it was told that nothing more can be written to stdout,
    /// that is why: its last words are dropped, and the error is returned.
    ///
    /// # Errors
    ///
    /// Returns the last error of stdout, or else of stderr, if no guest was told of it. A stderr without a reader
    /// is not an error, because its output is not wanted. An error is returned once.
    pub(crate) fn finish(&self, is_stopped: bool, has_trapped: bool) -> io::Result<()> {
        let Streams { stdout, stderr, last_words, writers, .. } = &*self.0;
        let words = last_words.take();
        let is_why = has_trapped && stdout.has_told_end();
        if !words.is_empty() && !is_why {
            stderr.print(words.into());
        }
        stdout.close();
        stderr.close();
        let mut writers = writers.lock().unwrap_or_else(PoisonError::into_inner);
        let deadline = is_stopped.then(|| Instant::now() + LAST_WRITES);
        for writer in writers.drain(..) {
            if let Some(deadline) = deadline {
                let left = deadline.saturating_duration_since(Instant::now());
                if writer.ended.recv_timeout(left) == Err(RecvTimeoutError::Timeout) {
                    continue;
                }
            }
            writer.thread.join().map_err(|_| io::Error::other("the writer of the output panicked"))?;
        }
        if let Some(error) = stdout.take_error(has_trapped) {
            return Err(error);
        }
        match stderr.take_error(false) {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }
}

impl Drop for Streams {
    fn drop(&mut self) {
        self.stdout.close();
        self.stderr.close();
    }
}

/// Creates a queue, and the thread that empties it.
fn start(name: &str, sink: Sink, writers: &mut Vec<Writer>) -> io::Result<Arc<Queue>> {
    let queue = Arc::new(Queue::new(sink));
    let (end, ended) = channel();
    let thread = thread::Builder::new().name(name.into()).spawn({
        let queue = Arc::clone(&queue);
        move || {
            queue.write_all();
            drop(end);
        }
    })?;
    writers.push(Writer { thread, ended });
    Ok(queue)
}

#[cfg(test)]
mod tests;
