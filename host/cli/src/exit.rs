//! The exit codes of the command.

use host::ErrorKind;

/// The app failed, or called the host wrongly.
pub(crate) const FAILED: u8 = 1;

/// The command line is invalid, or requests a run that is not possible.
pub(crate) const USAGE: u8 = 2;

/// The file is not an app that this host can run.
pub(crate) const NOT_AN_APP: u8 = 65;

/// A file, or the input, cannot be read.
pub(crate) const UNREADABLE: u8 = 66;

/// The server of a cluster cannot be reached, or it refuses this host.
const UNREACHABLE: u8 = 69;

/// The system refuses what the command needs.
pub(crate) const REFUSED: u8 = 71;

/// The output, or a requested file, cannot be written.
pub(crate) const NOT_WRITTEN: u8 = 74;

/// A guest trapped, or ran out of memory.
pub(crate) const TRAPPED: u8 = 134;

/// The app took too long.
pub(crate) const TIMED_OUT: u8 = 124;

/// The reader of stdout has closed it.
pub(crate) const NO_READER: u8 = 141;

/// Returns the exit code of the process for an error of this kind.
pub(crate) fn code(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::BadCall => FAILED,
        ErrorKind::InvalidConfig | ErrorKind::InvalidCall => USAGE,
        ErrorKind::InvalidComponent | ErrorKind::InvalidComposition => NOT_AN_APP,
        ErrorKind::Unreadable => UNREADABLE,
        ErrorKind::Unreachable => UNREACHABLE,
        ErrorKind::Refused | ErrorKind::TooManyRuns => REFUSED,
        ErrorKind::Unwritable => NOT_WRITTEN,
        ErrorKind::TimedOut => TIMED_OUT,
        ErrorKind::Stopped => 130,
        ErrorKind::Trapped | ErrorKind::OutOfMemory => TRAPPED,
        ErrorKind::BrokenPipe => NO_READER,
        // A bug, or a kind that this command does not know.
        _ => 70,
    }
}
