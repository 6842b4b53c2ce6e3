//! The search of one piece of a file, as a job.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{Searcher, SearcherBuilder, Sink, SinkMatch};
use serde::{Deserialize, Serialize};

use crate::walk::{Piece, at};

/// A NUL byte within so many bytes at the beginning makes a file binary.
const HEAD: usize = 32 << 10;

/// A longer line is an error of its file, because it would take memory that other jobs need.
const LONGEST_LINE: u64 = 64 << 20;

/// The pattern, and which results to return.
#[derive(Serialize, Deserialize, Clone, PartialEq)]
pub(crate) struct Search {
    pub(crate) pattern: String,
    pub(crate) ignore_case: bool,
    /// Whether one line of a piece is enough.
    pub(crate) one: bool,
    /// Whether to return the lines, in addition to their number.
    pub(crate) lines: bool,
    /// Whether to return the line numbers too.
    pub(crate) numbers: bool,
}

/// The results of a piece.
#[derive(Serialize, Deserialize)]
pub(crate) struct Found {
    pub(crate) piece: Piece,
    /// The number of matching lines.
    pub(crate) count: u64,
    /// The number of lines, if line numbers are needed and the file continues.
    pub(crate) lines: u64,
    /// For each matching line, its number in the piece and its length.
    matches: Vec<(u64, usize)>,
    /// All matching lines, concatenated.
    #[serde(with = "guest_runtime::flat")]
    text: Vec<u8>,
}

/// The state of an instance: a pattern is compiled once for all pieces.
struct Compiled {
    search: Search,
    matcher: RegexMatcher,
    searcher: Searcher,
}

thread_local! {
    static COMPILED: RefCell<Option<Compiled>> = const { RefCell::new(None) };
}

/// Searches a piece; an error of its file is passed on.
pub(crate) async fn search((search, piece): (&Search, Result<Piece, String>)) -> Result<Found, String> {
    let piece = piece?;
    let text = read(&piece).map_err(|error| at(&piece.path, &error))?;
    let mut found = Found { piece, count: 0, lines: 0, matches: Vec::new(), text: Vec::new() };
    let Some(text) = text else { return Ok(found) };
    COMPILED.with_borrow_mut(|kept| {
        let compiled = match kept {
            Some(compiled) if compiled.search == *search => compiled,
            _ => kept.insert(search.compile()?),
        };
        let sink = Collect { search, found: &mut found };
        compiled.searcher.search_slice(&compiled.matcher, &text, sink).map_err(|error| error.to_string())
    })?;
    if search.numbers && found.piece.end.is_some() {
        found.lines = memchr::memchr_iter(b'\n', &text).count() as u64;
    }
    Ok(found)
}

/// Reads the lines that begin in a piece; `None` if the file is binary.
fn read(piece: &Piece) -> io::Result<Option<Vec<u8>>> {
    let mut file = BufReader::with_capacity(HEAD, File::open(&piece.path)?);
    if memchr::memchr(0, file.fill_buf()?).is_some() {
        return Ok(None);
    }
    let end = piece.end.unwrap_or(u64::MAX);
    let mut at = piece.start;
    if at > 0 {
        // A line begins after the end of another, which may be the last byte of the previous piece.
        at -= 1;
        file.seek(SeekFrom::Start(at))?;
        at += (&mut file).take(end - at).skip_until(b'\n')? as u64;
    }
    let mut text = Vec::new();
    (&mut file).take(end - at).read_to_end(&mut text)?;
    if text.last().is_some_and(|byte| *byte != b'\n') {
        let rest = file.take(LONGEST_LINE).read_until(b'\n', &mut text)?;
        if rest as u64 == LONGEST_LINE {
            return Err(io::Error::other(format!("a line is longer than {} MiB", LONGEST_LINE >> 20)));
        }
    }
    Ok(Some(text))
}

impl Search {
    /// Checks the pattern before the search.
    ///
    /// # Errors
    ///
    /// If the pattern is invalid.
    pub(crate) fn check(&self) -> Result<(), String> {
        self.compile().map(|_| ())
    }

    fn compile(&self) -> Result<Compiled, String> {
        let matcher = RegexMatcherBuilder::new()
            .case_insensitive(self.ignore_case)
            .multi_line(true)
            // A match then never spans lines, and blocks can be searched directly.
            .line_terminator(Some(b'\n'))
            .build(&self.pattern)
            .map_err(|error| one_line(&error.to_string()))?;
        // Like grep, treats a byte order mark as an ordinary character.
        let searcher = SearcherBuilder::new().line_number(self.numbers).bom_sniffing(false).build();
        Ok(Compiled { search: self.clone(), matcher, searcher })
    }
}

/// Returns the last line of the error, which states it; the lines before show the pattern.
fn one_line(error: &str) -> String {
    let last = error.lines().last().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

/// Collects the matching lines.
struct Collect<'a> {
    search: &'a Search,
    found: &'a mut Found,
}

impl Sink for Collect<'_> {
    type Error = io::Error;

    /// Returns whether to continue.
    fn matched(&mut self, _searcher: &Searcher, line: &SinkMatch<'_>) -> io::Result<bool> {
        let found = &mut *self.found;
        found.count += 1;
        if self.search.lines {
            let bytes = line.bytes();
            found.matches.push((line.line_number().unwrap_or_default(), bytes.len()));
            found.text.extend_from_slice(bytes);
        }
        Ok(!self.search.one)
    }
}

impl Found {
    /// Returns the matching lines with their numbers in the piece.
    pub(crate) fn matches(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let mut rest = &self.text[..];
        self.matches.iter().map(move |&(number, length)| {
            let (line, behind) = rest.split_at(length);
            rest = behind;
            (number, line)
        })
    }
}
