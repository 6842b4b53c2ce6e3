//! Replies, encoded into one buffer.

use std::fmt::Display;
use std::io::Write as _;

/// The maximum length of a reply: a short command like `MGET k k k ..` can request gigabytes.
pub(crate) const MAX_REPLY: usize = 4 << 20;

/// A buffer that grew beyond this is freed when it is empty.
const KEPT: usize = 128 << 10;

/// Replies that are not yet written.
#[derive(Debug, Default)]
pub(crate) struct Replies {
    bytes: Vec<u8>,
    /// The start of the reply to the current command.
    start: usize,
    too_large: bool,
}

impl Replies {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
    }

    /// Starts the reply to the next command.
    pub(crate) fn begin(&mut self) {
        self.start = self.bytes.len();
    }

    /// Ends the reply; one that is too large becomes an error.
    pub(crate) fn end(&mut self) {
        if std::mem::take(&mut self.too_large) {
            self.bytes.truncate(self.start);
            self.bytes.shrink_to(self.start.max(KEPT));
            self.error(format_args!("ERR the reply would be larger than {MAX_REPLY} bytes"));
        }
    }

    /// Discards the reply to the current command, which failed.
    pub(crate) fn fail(&mut self, error: impl Display) {
        self.bytes.truncate(self.start);
        self.error(error);
    }

    pub(crate) fn ok(&mut self) {
        self.bytes.extend_from_slice(b"+OK\r\n");
    }

    /// Appends a short text without line breaks.
    pub(crate) fn simple(&mut self, text: &str) {
        self.bytes.push(b'+');
        self.bytes.extend_from_slice(text.as_bytes());
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// Appends an error; its first word is the kind.
    fn error(&mut self, error: impl Display) {
        let start = self.bytes.len();
        // Writing to a vector cannot fail.
        let _ = write!(self.bytes, "-{error}");
        // An error is one line and may repeat input of the client.
        for byte in &mut self.bytes[start..] {
            if matches!(byte, b'\r' | b'\n') {
                *byte = b' ';
            }
        }
        self.bytes.extend_from_slice(b"\r\n");
    }

    pub(crate) fn integer(&mut self, value: i64) {
        self.header(if value < 0 { b":-" } else { b":" }, value.unsigned_abs());
    }

    /// Appends an integer.
    pub(crate) fn count(&mut self, count: usize) {
        self.header(b":", count as u64);
    }

    pub(crate) fn flag(&mut self, flag: bool) {
        self.count(usize::from(flag));
    }

    pub(crate) fn null(&mut self) {
        self.bytes.extend_from_slice(b"$-1\r\n");
    }

    #[inline]
    pub(crate) fn bulk(&mut self, bytes: &[u8]) {
        if self.bytes.len() + bytes.len() > self.start + MAX_REPLY {
            self.too_large = true;
            return;
        }
        self.header(b"$", bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// Appends bytes, or null.
    pub(crate) fn bulk_or_null(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.bulk(bytes),
            None => self.null(),
        }
    }

    /// Starts an array of the given number of replies.
    pub(crate) fn array(&mut self, length: usize) {
        self.header(b"*", length as u64);
    }

    /// Appends an array of bulk strings.
    pub(crate) fn bulks<'a>(&mut self, items: impl ExactSizeIterator<Item = &'a [u8]>) {
        self.array(items.len());
        items.for_each(|item| self.bulk(item));
    }

    /// Appends a number after its type: `$5\r\n`.
    #[inline]
    fn header(&mut self, kind: &[u8], mut value: u64) {
        let mut digits = [0; 20];
        let mut at = digits.len();
        loop {
            at -= 1;
            digits[at] = b'0' + (value % 10) as u8;
            value /= 10;
            if value == 0 {
                break;
            }
        }
        self.bytes.extend_from_slice(kind);
        self.bytes.extend_from_slice(&digits[at..]);
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// Appends encoded bytes to the replies.
    pub(crate) fn append(&mut self, encoded: &mut Vec<u8>) {
        if self.bytes.is_empty() {
            std::mem::swap(&mut self.bytes, encoded);
        } else {
            self.bytes.append(encoded);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: &str, reply: impl FnOnce(&mut Replies)) {
        let mut replies = Replies::default();
        replies.begin();
        reply(&mut replies);
        replies.end();
        assert_eq!(String::from_utf8_lossy(replies.bytes()), expected);
    }

    #[test]
    fn each_kind_is_written_as_redis_does() {
        check("+OK\r\n", Replies::ok);
        check("+PONG\r\n", |out| out.simple("PONG"));
        check("-ERR no\r\n", |out| out.fail("ERR no"));
        check(":0\r\n", |out| out.integer(0));
        check(":-9223372036854775808\r\n", |out| out.integer(i64::MIN));
        check(":9223372036854775807\r\n", |out| out.integer(i64::MAX));
        check("$-1\r\n", Replies::null);
        check("$0\r\n\r\n", |out| out.bulk(b""));
        check("*2\r\n$1\r\na\r\n$10\r\n0123456789\r\n", |out| {
            out.bulks([&b"a"[..], b"0123456789"].into_iter());
        });
    }

    #[test]
    fn an_error_is_one_line_and_all_there_is() {
        check("-ERR a  b\r\n", |out| {
            out.array(2);
            out.fail("ERR a\r\nb");
        });
    }

    #[test]
    fn a_reply_is_not_too_large() {
        let large = vec![b'a'; MAX_REPLY / 2];
        check("-ERR the reply would be larger than 4194304 bytes\r\n", |out| {
            out.bulks([&large[..]; 3].into_iter());
        });
        let mut replies = Replies::default();
        for _ in 0..3 {
            replies.begin();
            replies.bulk(&large);
            replies.end();
        }
        assert!(replies.bytes().len() > 3 * large.len(), "it is the single reply that has a limit");
    }
}
