//! The exit codes of the command.

use host::ErrorKind;

/// The command line is none, or asks for a run that cannot be.
pub(crate) const USAGE: u8 = 2;

/// The file is not an app that this host can run.
pub(crate) const NOT_AN_APP: u8 = 65;

/// The output, or a file that was asked for, cannot be written.
pub(crate) const NOT_WRITTEN: u8 = 74;

/// The reader of stdout went away.
pub(crate) const NO_READER: u8 = 141;

/// Returns what the process ends with for an error of this kind.
pub(crate) fn code(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::InvalidConfig => USAGE,
        ErrorKind::InvalidComponent | ErrorKind::InvalidComposition => NOT_AN_APP,
        ErrorKind::Unreadable => 66,
        ErrorKind::Refused | ErrorKind::TooManyRuns => 71,
        ErrorKind::Unwritable => NOT_WRITTEN,
        ErrorKind::TimedOut => 124,
        ErrorKind::Stopped => 130,
        ErrorKind::Trapped | ErrorKind::OutOfMemory => 134,
        ErrorKind::BrokenPipe => NO_READER,
        // Of a bug, and of a kind that this command does not know.
        _ => 70,
    }
}
