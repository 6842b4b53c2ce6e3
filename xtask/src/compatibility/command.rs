//! The two commands that are compared.

use std::path::PathBuf;

/// A command that runs a component, and how its own messages begin.
pub(super) struct Command {
    pub(super) name: &'static str,
    pub(super) path: PathBuf,
    /// Options that change nothing but the time that it takes.
    pub(super) options: &'static str,
    /// The prefixes of lines on stderr that are messages of the command itself. Everything after such a line is too.
    pub(super) message_prefixes: &'static [&'static str],
}
