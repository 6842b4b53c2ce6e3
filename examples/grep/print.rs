//! What is printed of what was found, piece after piece.

use std::io::{self, Write};

use crate::search::Found;

/// What is printed of a file.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Wanted {
    /// Each line that matches.
    Lines {
        /// With its number.
        numbers: bool,
    },
    /// Its name, if a line matches.
    Names,
    /// How many lines match.
    Counts,
}

pub(crate) struct Printer {
    wanted: Wanted,
    /// Lines, and matches, in the pieces of this file so far.
    lines: u64,
    count: u64,
    /// Whether anything matched, and whether anything went wrong.
    pub(crate) matched: bool,
    pub(crate) failed: bool,
}

impl Printer {
    pub(crate) fn new(wanted: Wanted) -> Self {
        Self { wanted, lines: 0, count: 0, matched: false, failed: false }
    }

    /// Prints what there is to say of a piece; they come in order.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
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

    /// Each line with its file before it; the last one may have no end.
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

    /// Says what went wrong.
    pub(crate) fn complain(&mut self, complaint: &str) {
        self.failed = true;
        // What was counted belongs to the file before.
        (self.lines, self.count) = (0, 0);
        eprintln!("grep: {complaint}");
    }
}
