//! A status line at the bottom of a terminal, which is erased while other output is printed there.
//!
//! All writers to a terminal share one cursor. So every writer erases the line before it prints. The line is
//! drawn again only when the output has reached the end of a line.

use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{FileType, OFlags, fcntl_getfl, fcntl_setfl, fstat};

/// Moves to the beginning of the line and erases it.
const ERASE: &[u8] = b"\r\x1b[K";

/// Cuts what is wider than the terminal: it would wrap to a line that is never erased.
const NO_WRAP: &str = "\x1b[?7l";
const WRAP: &str = "\x1b[?7h";

/// A status line on the terminal of stderr.
///
/// If it is passed to a run as [`RunConfig::status`](crate::RunConfig::status), it is erased while the app
/// prints. A clone is the same line. Dropping the last clone erases it.
///
/// # Examples
///
/// ```
/// if let Some(status) = host::StatusLine::on_stderr() {
///     status.draw("half of it is done");
///     status.erase();
/// }
/// ```
#[derive(Clone)]
pub struct StatusLine(Arc<Terminal>);

struct Terminal {
    fd: OwnedFd,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_drawn: bool,
    /// Whether a writer has begun a line and not ended it.
    is_within_line: bool,
}

/// While this exists, the terminal may be written to.
pub(crate) struct Way<'a>(MutexGuard<'a, State>);

impl StatusLine {
    /// Returns a status line on stderr, if stderr is a terminal.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::IsTerminal;
    ///
    /// assert_eq!(host::StatusLine::on_stderr().is_some(), std::io::stderr().is_terminal());
    /// ```
    #[must_use]
    pub fn on_stderr() -> Option<Self> {
        let stderr = io::stderr();
        let fd = stderr.is_terminal().then(|| stderr.as_fd().try_clone_to_owned())?.ok()?;
        Some(Self::on(fd))
    }

    fn on(fd: OwnedFd) -> Self {
        Self(Arc::new(Terminal { fd, state: Mutex::default() }))
    }

    /// Draws this text in place of what was drawn before. Does nothing while a writer is in the middle of a
    /// line. Text that is wider than the terminal is cut.
    ///
    /// # Examples
    ///
    /// ```
    /// host::StatusLine::on_stderr().inspect(|status| status.draw("half of it is done"));
    /// ```
    pub fn draw(&self, text: &str) {
        let mut state = self.0.lock();
        if !state.is_within_line {
            state.is_drawn = true;
            self.0.write(format!("\r\x1b[K{NO_WRAP}{text}{WRAP}").as_bytes());
        }
    }

    /// Erases the line until it is drawn again.
    ///
    /// # Examples
    ///
    /// ```
    /// host::StatusLine::on_stderr().inspect(|status| status.erase());
    /// ```
    pub fn erase(&self) {
        self.0.erase(&mut self.0.lock());
    }

    /// Prints a text in place of the line.
    ///
    /// # Examples
    ///
    /// ```
    /// host::StatusLine::on_stderr().inspect(|status| status.print("warning: it is late\n"));
    /// ```
    pub fn print(&self, text: &str) {
        let mut way = self.clear();
        self.0.write(text.as_bytes());
        way.written(text.as_bytes());
    }

    /// Returns whether this file descriptor is the same terminal.
    pub(crate) fn is_on(&self, fd: &OwnedFd) -> bool {
        is_same_output(&self.0.fd, fd)
    }

    /// Erases the line, and locks the terminal for a writer.
    pub(crate) fn clear(&self) -> Way<'_> {
        let mut state = self.0.lock();
        self.0.erase(&mut state);
        Way(state)
    }
}

impl Terminal {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn erase(&self, state: &mut State) {
        if std::mem::take(&mut state.is_drawn) {
            self.write(ERASE);
        }
    }

    fn write(&self, bytes: &[u8]) {
        // If the terminal is gone, there is nowhere to report the error.
        _ = self.fd.try_clone().map(File::from).and_then(|mut file| file.write_all(bytes));
    }
}

impl Way<'_> {
    /// Records that these bytes were written.
    pub(crate) fn written(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.last() {
            self.0.is_within_line = *last != b'\n';
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let is_drawn = self.lock().is_drawn;
        if is_drawn {
            self.write(ERASE);
        }
    }
}

impl fmt::Debug for StatusLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusLine").finish_non_exhaustive()
    }
}

/// Returns whether both are the same pipe, terminal or socket, or the same open file, as after `2>&1`.
///
/// One queue for both then keeps their lines apart as well, and in order. Two descriptors of one file that was
/// opened twice have separate positions, so these keep two queues.
pub(crate) fn is_same_output(a: &OwnedFd, b: &OwnedFd) -> bool {
    let (Ok(of_a), Ok(of_b)) = (fstat(a), fstat(b)) else {
        return false;
    };
    let is_same = (of_a.st_dev, of_a.st_ino, of_a.st_rdev) == (of_b.st_dev, of_b.st_ino, of_b.st_rdev);
    let is_file = FileType::from_raw_mode(of_a.st_mode) == FileType::RegularFile;
    is_same && (!is_file || is_opened_once(a, b).unwrap_or(false))
}

/// Returns whether two descriptors of one regular file come from the same `open`.
///
/// These share their flags. `O_NONBLOCK` means nothing for a regular file, so it can be set for a moment.
fn is_opened_once(a: &OwnedFd, b: &OwnedFd) -> rustix::io::Result<bool> {
    let (of_a, of_b) = (fcntl_getfl(a)?, fcntl_getfl(b)?);
    fcntl_setfl(a, of_a ^ OFlags::NONBLOCK)?;
    let is_shared = fcntl_getfl(b)? != of_b;
    fcntl_setfl(a, of_a)?;
    Ok(is_shared)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn it_gives_way_and_waits_for_the_end_of_a_line() {
        let (mut reader, writer) = io::pipe().unwrap();
        let status = StatusLine::on(writer.into());
        status.draw("1");
        status.print("a");
        status.draw("2");
        status.print("b\n");
        status.erase();
        status.draw("3");
        status.draw("4");
        drop(status);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        let drawn = |text: &str| format!("\r\x1b[K{NO_WRAP}{text}{WRAP}");
        assert_eq!(text, format!("{}\r\x1b[Kab\n{}{}\r\x1b[K", drawn("1"), drawn("3"), drawn("4")));
    }
}
