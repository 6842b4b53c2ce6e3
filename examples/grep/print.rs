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
    /// What was last complained of: a file that cannot be read has it in every piece.
    complaint: String,
    /// Whether anything matched, and whether anything went wrong.
    pub(crate) matched: bool,
    pub(crate) failed: bool,
}

impl Printer {
    pub(crate) fn new(wanted: Wanted) -> Self {
        Self { wanted, lines: 0, count: 0, complaint: String::new(), matched: false, failed: false }
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
        let before = self.count;
        self.count += found.count;
        self.matched |= found.count > 0;
        let path = found.piece.path.display();
        let text = match self.wanted {
            Wanted::Lines { numbers } => self.matching_lines(found, numbers),
            Wanted::Names if before == 0 && self.count > 0 => format!("{path}\n").into_bytes(),
            Wanted::Counts if found.piece.end.is_none() => format!("{path}:{}\n", self.count).into_bytes(),
            Wanted::Names | Wanted::Counts => Vec::new(),
        };
        self.lines += found.lines;
        io::stdout().write_all(&text).map_err(|error| format!("standard output: {error}"))
    }

    /// Each line with its file before it; the last one may have no end.
    fn matching_lines(&self, found: &Found, numbers: bool) -> Vec<u8> {
        let mut text = Vec::new();
        let path = format!("{}:", found.piece.path.display());
        for (number, line) in found.matches() {
            text.extend_from_slice(path.as_bytes());
            if numbers {
                text.extend_from_slice(format!("{}:", self.lines + number).as_bytes());
            }
            text.extend_from_slice(line);
        }
        if text.last().is_some_and(|byte| *byte != b'\n') {
            text.push(b'\n');
        }
        text
    }

    /// Says what went wrong, once.
    pub(crate) fn complain(&mut self, complaint: String) {
        self.failed = true;
        if complaint != self.complaint {
            eprintln!("grep: {complaint}");
            self.complaint = complaint;
        }
    }
}
