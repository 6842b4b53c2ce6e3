//! Prints the results, piece after piece.

use std::io::{self, Write};

use crate::search::Found;

/// What to print of a file.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Wanted {
    /// Each matching line.
    Lines {
        /// Whether to print its number.
        numbers: bool,
    },
    /// The name, if a line matches.
    Names,
    /// The number of matching lines.
    Counts,
}

pub(crate) struct Printer {
    wanted: Wanted,
    /// The lines and matches in the pieces of this file so far.
    lines: u64,
    count: u64,
    /// Whether any line matched, and whether any error occurred.
    pub(crate) matched: bool,
    pub(crate) failed: bool,
}

impl Printer {
    pub(crate) fn new(wanted: Wanted) -> Self {
        Self { wanted, lines: 0, count: 0, matched: false, failed: false }
    }

    /// Prints the results of a piece; pieces arrive in order.
    ///
    /// # Errors
    ///
    /// If the output cannot be written.
    pub(crate) fn print(&mut self, found: &Found) -> Result<(), String> {
        if found.piece.start == 0 {
            (self.lines, self.count) = (0, 0);
        }
        let mut text = Vec::new();
        let path = found.piece.path.display();
        let written = match self.wanted {
            Wanted::Lines { numbers } => self.write_lines(found, numbers, &mut text),
            Wanted::Names if self.count == 0 && found.count > 0 => writeln!(text, "{path}"),
            Wanted::Counts if found.piece.end.is_none() => {
                writeln!(text, "{path}:{}", self.count + found.count)
            }
            Wanted::Names | Wanted::Counts => Ok(()),
        };
        self.count += found.count;
        self.lines += found.lines;
        self.matched |= found.count > 0;
        written
            .and_then(|()| io::stdout().write_all(&text))
            .map_err(|error| format!("standard output: {error}"))
    }

    /// Prints each line after the name of its file; the last line may lack a newline.
    fn write_lines(&self, found: &Found, numbers: bool, text: &mut Vec<u8>) -> io::Result<()> {
        let path = found.piece.path.display().to_string();
        for (number, line) in found.matches() {
            text.extend_from_slice(path.as_bytes());
            text.push(b':');
            if numbers {
                write!(text, "{}:", self.lines + number)?;
            }
            text.extend_from_slice(line);
        }
        if text.last().is_some_and(|byte| *byte != b'\n') {
            text.push(b'\n');
        }
        Ok(())
    }

    /// Prints an error.
    pub(crate) fn complain(&mut self, complaint: &str) {
        self.failed = true;
        // The counts belong to the previous file.
        (self.lines, self.count) = (0, 0);
        eprintln!("grep: {complaint}");
    }
}
