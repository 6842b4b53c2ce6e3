//! The search of one piece of a file: what a job does.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{Searcher, SearcherBuilder, Sink, SinkMatch};
use serde::{Deserialize, Serialize};

use crate::walk::{Piece, at};

/// A NUL byte among so many at the beginning makes a file binary.
const HEAD: usize = 32 << 10;

/// A longer line is an error of its file: to keep it would take memory that others need.
const LONGEST_LINE: u64 = 64 << 20;

/// What to look for, and what to bring back.
#[derive(Serialize, Deserialize, Clone, PartialEq)]
pub(crate) struct Search {
    pub(crate) pattern: String,
    pub(crate) ignore_case: bool,
    /// Whether one line of a piece is enough.
    pub(crate) one: bool,
    /// Whether the lines are wanted, besides how many there are.
    pub(crate) lines: bool,
    /// Whether their numbers are wanted, too.
    pub(crate) numbers: bool,
}

/// What was found in a piece.
#[derive(Serialize, Deserialize)]
pub(crate) struct Found {
    pub(crate) piece: Piece,
    /// How many lines match.
    pub(crate) count: u64,
    /// How many lines there are, if numbers are wanted and more of the file follows.
    pub(crate) lines: u64,
    /// Of each line that matches, its number in the piece and its length.
    matches: Vec<(u64, usize)>,
    /// All lines that match, one behind the other.
    #[serde(with = "guest_runtime::flat")]
    text: Vec<u8>,
}

/// What an instance keeps: a pattern is compiled once for all pieces that it searches.
struct Compiled {
    search: Search,
    matcher: RegexMatcher,
    searcher: Searcher,
}

thread_local! {
    static COMPILED: RefCell<Option<Compiled>> = const { RefCell::new(None) };
}

/// Searches a piece; of what could not be looked at, the error is handed on.
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

/// The lines that begin in a piece, or `None` if the file is binary.
fn read(piece: &Piece) -> io::Result<Option<Vec<u8>>> {
    let mut file = BufReader::with_capacity(HEAD, File::open(&piece.path)?);
    if memchr::memchr(0, file.fill_buf()?).is_some() {
        return Ok(None);
    }
    let end = piece.end.unwrap_or(u64::MAX);
    let mut at = piece.start;
    if at > 0 {
        // A line begins behind the end of another, and that may be the last byte of the piece before.
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
    /// Whether the pattern is one, before anybody looks for it.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(crate) fn check(&self) -> Result<(), String> {
        self.compile().map(|_| ())
    }

    fn compile(&self) -> Result<Compiled, String> {
        let matcher = RegexMatcherBuilder::new()
            .case_insensitive(self.ignore_case)
            .multi_line(true)
            // With that no match goes beyond a line, and blocks are searched as they are.
            .line_terminator(Some(b'\n'))
            .build(&self.pattern)
            .map_err(|error| one_line(&error.to_string()))?;
        // A byte order mark is a character like others, as for grep.
        let searcher = SearcherBuilder::new().line_number(self.numbers).bom_sniffing(false).build();
        Ok(Compiled { search: self.clone(), matcher, searcher })
    }
}

/// An error in a pattern shows the pattern, and the place below it; what it is comes last.
fn one_line(error: &str) -> String {
    let last = error.lines().last().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

/// Puts each line that matches where it belongs.
struct Collect<'a> {
    search: &'a Search,
    found: &'a mut Found,
}

impl Sink for Collect<'_> {
    type Error = io::Error;

    /// Returns whether to go on.
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
    /// The lines that match, with their numbers in the piece.
    pub(crate) fn matches(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let mut rest = &self.text[..];
        self.matches.iter().map(move |&(number, length)| {
            let (line, behind) = rest.split_at(length);
            rest = behind;
            (number, line)
        })
    }
}
