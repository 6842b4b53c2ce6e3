//! What the app prints: the stdout and stderr of all instances, through a writer of our own.
//!
//! A core must never wait for the reader of a pipe, and wasmtime's own stdio does. So a write goes
//! into a bounded queue, and if the queue is full, the guest that wants to write is suspended, and
//! it alone. A thread of its own empties the queue. Where a write cannot block (a file, a pipe with
//! room), nobody is woken for it: the core does it at once, in 0.7 us where to wake the thread and to
//! be woken by it took 4 to 29.
//!
//! Lines of two instances never mix. What `eprintln!` prints comes in several writes, so the start
//! of a line is held back until its end comes; a prompt, which has no end, is released by
//! [`OpenLines`]. What an instance wrote before it trapped is still written.

use std::convert::Infallible;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::line::{Line, OpenLines};
use super::queue::{OnBrokenPipe, Queue};
use super::sink::Sink;
use super::stream::Printer;
use crate::config;
use crate::observe::status::{StatusLine, is_same_pipe};

/// How long the output of a run that was stopped may take to be written.
///
/// Long enough for a reader that reads at all, since at most 1 MiB is queued.
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
/// A clone is the same output. If the last one is dropped before [`finish`](Self::finish), what is
/// queued is still written as long as the process lives, but nobody waits for it.
#[derive(Debug, Clone)]
pub(crate) struct Output(Arc<Streams>);

#[derive(Debug)]
struct Streams {
    stdout: Arc<Queue>,
    /// The same queue as stdout's, where both are one pipe or terminal.
    stderr: Arc<Queue>,
    writers: Mutex<Vec<Writer>>,
}

impl Output {
    /// An output that goes to these two places, where this line gives way to it if it stands there.
    ///
    /// # Errors
    ///
    /// Fails if the OS gives no file descriptor, or no thread.
    pub(crate) fn open(
        stdout: &config::Stdio,
        stderr: &config::Stdio,
        status: Option<&StatusLine>,
    ) -> io::Result<Self> {
        Self::beside(stdout.open(io::stdout())?, stderr.open(io::stderr())?, status)
    }

    /// An output that goes to these two files, pipes or whatever they are.
    ///
    /// # Errors
    ///
    /// Fails if the OS gives no thread.
    #[cfg(test)]
    pub(crate) fn new(stdout: OwnedFd, stderr: OwnedFd) -> io::Result<Self> {
        Self::beside(stdout, stderr, None)
    }

    fn beside(stdout: OwnedFd, stderr: OwnedFd, status: Option<&StatusLine>) -> io::Result<Self> {
        let sink = |fd| {
            let status = status.filter(|status| status.is_on(&fd)).cloned();
            Sink::new(fd, status)
        };
        let same = is_same_pipe(&stdout, &stderr);
        let mut writers = Vec::new();
        let stdout = start("stdout", sink(stdout), OnBrokenPipe::Wait, &mut writers)?;
        let stderr = if same {
            Arc::clone(&stdout)
        } else {
            match start("stderr", sink(stderr), OnBrokenPipe::Tell, &mut writers) {
                Ok(stderr) => stderr,
                Err(error) => {
                    stdout.close();
                    return Err(error);
                }
            }
        };
        Ok(Self(Arc::new(Streams { stdout, stderr, writers: Mutex::new(writers) })))
    }

    /// Stdout and stderr for one instance, and what releases its unfinished lines.
    pub(crate) fn stdio(&self) -> (Printer, Printer, OpenLines) {
        let Streams { stdout, stderr, .. } = &*self.0;
        let open = Arc::new(AtomicUsize::new(0));
        let out = Line::new(Arc::clone(stdout), &open);
        let err =
            if Arc::ptr_eq(stdout, stderr) { Arc::clone(&out) } else { Line::new(Arc::clone(stderr), &open) };
        let lines = OpenLines::new(open, &out, &err);
        (Printer::new(out), Printer::new(err), lines)
    }

    /// Stdout for one instance.
    #[cfg(test)]
    pub(crate) fn stdout(&self) -> Printer {
        self.stdio().0
    }

    /// Stderr for one instance.
    #[cfg(test)]
    pub(crate) fn stderr(&self) -> Printer {
        self.stdio().1
    }

    /// Completes when the reader of stdout has gone away, if it ever does.
    ///
    /// A native program is ended by SIGPIPE then, and so should a run be. Until it is, guests that
    /// write to stdout wait.
    pub(crate) async fn stdout_closed(&self) {
        self.0.stdout.broken_pipe().await;
    }

    /// Writes all that is queued, and ends the writers. What is written later is refused, and what an
    /// instance still holds back is lost: its streams are dropped before this.
    ///
    /// This waits for the reader of a pipe for as long as it takes, as any program does at its end. With
    /// `is_stopped`, which is for runs that a limit or a signal has ended, it waits for a second, and then
    /// abandons what is not written.
    ///
    /// # Errors
    ///
    /// Returns the first error of stdout, or else of stderr, but no error if stderr has no reader:
    /// nobody wanted to hear of it. An error is returned once.
    pub(crate) fn finish(&self, is_stopped: bool) -> io::Result<()> {
        let Streams { stdout, stderr, writers } = &*self.0;
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
        if let Some(error) = stdout.take_error() {
            return Err(error);
        }
        match stderr.take_error() {
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

/// Makes a queue, and the thread that empties it.
fn start(
    name: &str,
    sink: Sink,
    on_broken_pipe: OnBrokenPipe,
    writers: &mut Vec<Writer>,
) -> io::Result<Arc<Queue>> {
    let queue = Arc::new(Queue::new(sink, on_broken_pipe));
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
