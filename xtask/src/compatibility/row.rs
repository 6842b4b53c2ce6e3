//! A row of the table.

/// A command line that both hosts run.
#[derive(Debug)]
pub(super) struct Row {
    /// A line of bash. `run` stands for the command of a host, `$OWN`, `$TOOLS` and `$LANGUAGES` for the folders
    /// of programs, and `$FILES` for the folder of fixtures.
    pub(super) line: &'static str,
    /// Why the two hosts differ here.
    pub(super) differs: Option<&'static str>,
}
