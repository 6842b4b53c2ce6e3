//! The protocol: commands in RESP2, and lines typed by people.
//!
//! The bytes of a command stay where they were read. Their structure is kept as positions, so nothing is
//! copied, and a command that arrives in pieces is not parsed twice.

use std::borrow::Cow;
use std::ops::{Index, Range};

/// The maximum length of a word.
pub(crate) const MAX_WORD: usize = 1 << 20;

/// The maximum length of a command, which bounds what a client can make the server store.
pub(crate) const MAX_COMMAND: usize = 2 << 20;

const MAX_WORDS: usize = 1 << 16;
const MAX_LINE: usize = 64 << 10;

/// The words of one command: its name and its arguments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'a> {
    input: &'a [u8],
    spans: &'a [Range<u32>],
}

impl<'a> Words<'a> {
    pub(crate) fn len(self) -> usize {
        self.spans.len()
    }

    pub(crate) fn get(self, index: usize) -> Option<&'a [u8]> {
        self.spans.get(index).map(|span| &self.input[span.start as usize..span.end as usize])
    }

    /// Returns all words except the first `n`.
    pub(crate) fn skip(self, n: usize) -> Self {
        Self { spans: self.spans.get(n..).unwrap_or_default(), ..self }
    }

    pub(crate) fn iter(self) -> impl DoubleEndedIterator<Item = &'a [u8]> + ExactSizeIterator {
        let input = self.input;
        self.spans.iter().map(move |span| &input[span.start as usize..span.end as usize])
    }
}

impl Index<usize> for Words<'_> {
    type Output = [u8];

    fn index(&self, index: usize) -> &[u8] {
        self.get(index).expect("the number of words has been checked")
    }
}

/// A violation of the protocol. The start of the next command is unknown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ProtocolError(pub(crate) Cow<'static, str>);

fn wrong<T>(what: &'static str) -> Result<T, ProtocolError> {
    Err(ProtocolError(what.into()))
}

/// Parses one command after the other.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    spans: Vec<Range<u32>>,
    /// The number of bytes of the command that are parsed.
    at: usize,
    /// The number of missing words.
    missing: usize,
    /// The number of bytes of a line that were searched for its end.
    endless: usize,
}

impl Parser {
    /// Returns the command at the start of `input` and its length; `None` if it is incomplete.
    ///
    /// After `None`, the next call must pass the same bytes and more.
    pub(crate) fn parse<'a>(
        &'a mut self,
        input: &'a [u8],
    ) -> Result<Option<(Words<'a>, usize)>, ProtocolError> {
        if self.at == 0 {
            self.spans.clear();
            let begun = match input.first() {
                Some(b'*') => self.begin(input)?,
                Some(_) => self.line(input)?,
                None => false,
            };
            if !begun {
                return Ok(None);
            }
        }
        while self.missing > 0 {
            if !self.word(input)? {
                return Ok(None);
            }
        }
        let length = std::mem::take(&mut self.at);
        Ok(Some((Words { input, spans: &self.spans }, length)))
    }

    /// Parses `*3\r\n`: the number of words.
    fn begin(&mut self, input: &[u8]) -> Result<bool, ProtocolError> {
        let Some((count, end)) = number(input, 1, "invalid multibulk length")? else { return Ok(false) };
        // Zero or a negative number is a command without words.
        self.missing = usize::try_from(count).unwrap_or(0);
        if self.missing > MAX_WORDS {
            return wrong("invalid multibulk length");
        }
        self.at = end;
        Ok(true)
    }

    /// Parses `$5\r\nhello\r\n`.
    fn word(&mut self, input: &[u8]) -> Result<bool, ProtocolError> {
        match input.get(self.at) {
            None => return Ok(false),
            Some(b'$') => {}
            Some(&byte) => {
                let what = format!("expected '$', got '{}'", char::from(byte).escape_default());
                return Err(ProtocolError(what.into()));
            }
        }
        let Some((length, start)) = number(input, self.at + 1, "invalid bulk length")? else {
            return Ok(false);
        };
        let Some(length) = usize::try_from(length).ok().filter(|length| *length <= MAX_WORD) else {
            return wrong("invalid bulk length");
        };
        let end = start + length;
        if end > MAX_COMMAND {
            return wrong("too big command");
        }
        match input.get(end..end + 2) {
            None => Ok(false),
            Some(b"\r\n") => {
                self.spans.push(start as u32..end as u32);
                self.at = end + 2;
                self.missing -= 1;
                Ok(true)
            }
            Some(_) => wrong("expected CRLF behind a bulk string"),
        }
    }

    /// Parses `SET greeting "hello world"\n`, as people type it. Quotes group a word.
    fn line(&mut self, input: &[u8]) -> Result<bool, ProtocolError> {
        let read = std::mem::take(&mut self.endless);
        let end = input[read..].iter().position(|byte| *byte == b'\n');
        let length = end.map_or(input.len(), |end| read + end);
        if length >= MAX_LINE {
            return wrong("too big inline request");
        }
        if end.is_none() {
            self.endless = length;
            return Ok(false);
        }
        let line = input[..length].strip_suffix(b"\r").unwrap_or(&input[..length]);
        let mut at = 0;
        while let Some(blanks) = line[at..].iter().position(|byte| !byte.is_ascii_whitespace()) {
            let quote = Some(line[at + blanks]).filter(|byte| matches!(byte, b'"' | b'\''));
            let start = at + blanks + usize::from(quote.is_some());
            let end = line[start..].iter().position(|byte| match quote {
                Some(quote) => *byte == quote,
                None => byte.is_ascii_whitespace(),
            });
            let end = match (end, quote) {
                (Some(length), _) => start + length,
                (None, None) => line.len(),
                (None, Some(_)) => return wrong("unbalanced quotes in request"),
            };
            at = end + usize::from(quote.is_some());
            if line.get(at).is_some_and(|byte| !byte.is_ascii_whitespace()) {
                return wrong("unbalanced quotes in request");
            }
            self.spans.push(start as u32..end as u32);
        }
        self.at = length + 1;
        Ok(true)
    }
}

/// Parses a number that ends with CRLF, and returns the position after it; `None` if it is incomplete.
#[inline]
fn number(input: &[u8], start: usize, what: &'static str) -> Result<Option<(i64, usize)>, ProtocolError> {
    let (mut at, mut value) = (start, 0);
    let negative = input.get(at) == Some(&b'-');
    at += usize::from(negative);
    loop {
        match input.get(at) {
            // No valid length has more than nine digits.
            Some(digit @ b'0'..=b'9') if at - start < 9 => {
                value = value * 10 + i64::from(digit - b'0');
                at += 1;
            }
            Some(b'\r') if at > start + usize::from(negative) => break,
            Some(_) => return wrong(what),
            None => return Ok(None),
        }
    }
    match input.get(at + 1) {
        Some(b'\n') => Ok(Some((if negative { -value } else { value }, at + 2))),
        Some(_) => wrong(what),
        None => Ok(None),
    }
}

/// Parses a number as Redis does: only a minus sign, no leading zeros.
pub(crate) fn integer(word: &[u8]) -> Option<i64> {
    let digits = word.strip_prefix(b"-").unwrap_or(word);
    let plain = matches!(digits, [b'1'..=b'9', ..]) || word == b"0";
    if plain { str::from_utf8(word).ok()?.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns all commands in these bytes, which arrive in pieces of this size, and the rest.
    fn commands(bytes: &[u8], piece: usize) -> Result<(Vec<Vec<String>>, usize), ProtocolError> {
        let (mut parser, mut commands, mut start) = (Parser::default(), Vec::new(), 0);
        for end in (0..bytes.len()).step_by(piece).map(|at| bytes.len().min(at + piece)) {
            while let Some((words, length)) = parser.parse(&bytes[start..end])? {
                commands.push(words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect());
                start += length;
            }
        }
        Ok((commands, bytes.len() - start))
    }

    fn error(bytes: &[u8]) -> String {
        let errors: Vec<_> = [1, bytes.len()].map(|piece| commands(bytes, piece).unwrap_err().0).into();
        assert_eq!(errors[0], errors[1]);
        errors[0].clone().into_owned()
    }

    #[test]
    fn commands_come_in_pieces_of_any_size() {
        let bytes =
            b"*1\r\n$4\r\nPING\r\n*0\r\nECHO 'a b'\r\n*-1\r\n\n*3\r\n$3\r\nSET\r\n$0\r\n\r\n$2\r\n\r\n\r\n";
        let expected: [&[&str]; 6] = [&["PING"], &[], &["ECHO", "a b"], &[], &[], &["SET", "", "\r\n"]];
        for piece in 1..=bytes.len() {
            let (commands, left) = commands(bytes, piece).unwrap();
            assert_eq!(
                (commands, left),
                (expected.map(|c| c.iter().map(|w| w.to_string()).collect()).into(), 0)
            );
        }
    }

    #[test]
    fn what_has_no_end_yet_is_left() {
        for bytes in [&b"*"[..], b"*2\r", b"*1\r\n$", b"*1\r\n$4\r\nPING", b"*1\r\n$4\r\nPING\r", b"PING"] {
            assert_eq!(commands(bytes, 1).unwrap(), (Vec::new(), bytes.len()), "{bytes:?}");
        }
    }

    #[test]
    fn lines_have_words_and_quotes() {
        for (line, expected) in [
            (" set  a\tb \n", &["set", "a", "b"][..]),
            ("set a \"\" 'x \"y'\r\n", &["set", "a", "", "x \"y"]),
            ("  \r\n", &[]),
        ] {
            assert_eq!(commands(line.as_bytes(), 3).unwrap().0, [expected], "{line:?}");
        }
        for line in ["get \"a\n", "get 'a\"\n", "get \"a\"b\n"] {
            assert_eq!(error(line.as_bytes()), "unbalanced quotes in request");
        }
        assert_eq!(error(&[b'a'; MAX_LINE]), "too big inline request");
    }

    #[test]
    fn nonsense_is_an_error() {
        assert_eq!(error(b"*x\r\n"), "invalid multibulk length");
        assert_eq!(error(b"*\r\n"), "invalid multibulk length");
        assert_eq!(error(b"*1\n\n"), "invalid multibulk length");
        assert_eq!(error(b"*1\rx"), "invalid multibulk length");
        assert_eq!(error(b"*65537\r\n"), "invalid multibulk length");
        assert_eq!(error(b"*1111111111111111111111"), "invalid multibulk length");
        assert_eq!(error(b"*1\r\n:1\r\n"), "expected '$', got ':'");
        assert_eq!(error(b"*1\r\n\x00"), "expected '$', got '\\u{0}'");
        assert_eq!(error(b"*1\r\n$-1\r\n"), "invalid bulk length");
        assert_eq!(error(b"*1\r\n$1048577\r\n"), "invalid bulk length");
        assert_eq!(error(b"*1\r\n$1\r\nabc"), "expected CRLF behind a bulk string");
    }

    #[test]
    fn a_command_is_not_too_large() {
        let word = [&b"$1048576\r\n"[..], &vec![b'a'; MAX_WORD], b"\r\n"].concat();
        let one = [&b"*1\r\n"[..], &word].concat();
        assert_eq!(commands(&one, 65_536).unwrap().0[0][0].len(), MAX_WORD);
        let two = [&b"*2\r\n"[..], &word, &word].concat();
        assert_eq!(commands(&two, 65_536).unwrap_err().0, "too big command");
    }

    #[test]
    fn integers_are_strict() {
        for (word, value) in [("0", 0), ("-1", -1), ("10", 10), ("9223372036854775807", i64::MAX)] {
            assert_eq!(integer(word.as_bytes()), Some(value));
        }
        for word in ["", "-", "+1", "01", "-0", " 1", "1 ", "1.0", "9223372036854775808", "\u{663}"] {
            assert_eq!(integer(word.as_bytes()), None, "{word}");
        }
    }
}
