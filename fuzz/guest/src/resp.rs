//! RESP, the protocol of mini-redis: the parser must handle any bytes, in any pieces.

use std::path::Path;
use std::time::Duration;

use fastrand::Rng;
use fuzz::{Make, Target, mutated, within};

use parser::{MAX_COMMAND, MAX_WORD, Parser, ProtocolError, integer};

#[expect(dead_code, reason = "the server uses more of it")]
#[path = "../../../examples/mini-redis/resp.rs"]
mod parser;

const WORDS: [&[u8]; 12] = [
    b"\r\n",
    b"*1\r\n",
    b"*2\r\n",
    b"*-1\r\n",
    b"*65536\r\n",
    b"$0\r\n\r\n",
    b"$4\r\nPING\r\n",
    b"$-1\r\n",
    b"$1048576\r\n",
    b"999999999",
    b"\"",
    b"'a b'\n",
];

/// The parsed commands, and how many bytes are left.
type Commands = Result<(Vec<Vec<Vec<u8>>>, usize), ProtocolError>;

/// Bytes from a client. The first one is the size of the pieces in which the others arrive.
pub(crate) struct Resp;

impl Make for Resp {
    fn make(_: &Path) -> Self {
        Self
    }
}

impl Target for Resp {
    const LIMIT: Duration = Duration::from_secs(10);

    fn input(&mut self, random: &mut Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
        mutated(random, seeds, &WORDS)
    }

    fn run(&mut self, input: &[u8]) -> Result<(), String> {
        let Some((&piece, bytes)) = input.split_first() else { return Ok(()) };
        // Memory for two parsers with a position for each word, and for the compared words.
        within((256 << 10) + 256 * bytes.len(), || check(bytes, usize::from(piece).max(1)))
    }
}

fn check(bytes: &[u8], piece: usize) -> Result<(), String> {
    let whole = commands(bytes, bytes.len().max(1));
    let pieces = commands(bytes, piece);
    if whole != pieces {
        return Err(format!("{pieces:?} in pieces of {piece}, and {whole:?} at once"));
    }
    let Ok((commands, left)) = whole else { return Ok(()) };
    if left > MAX_COMMAND {
        return Err(format!("{left} bytes wait for their end"));
    }
    for words in commands {
        if words.iter().any(|word| word.len() > MAX_WORD) {
            return Err("a word is too long".to_owned());
        }
        let wrong = words.iter().find(|word| {
            integer(word).is_some_and(|number| number.to_string().as_bytes() != word.as_slice())
        });
        if let Some(word) = wrong {
            return Err(format!("{word:?} is read as a number that is written in another way"));
        }
        let again = self::commands(&written(&words), usize::MAX);
        if again != Ok((vec![words.clone()], 0)) {
            return Err(format!("{words:?} are read as {again:?}"));
        }
    }
    Ok(())
}

/// Parses bytes that arrive in pieces of this size.
fn commands(bytes: &[u8], piece: usize) -> Commands {
    let (mut parser, mut commands, mut start) = (Parser::default(), Vec::new(), 0);
    let mut end = 0;
    while end < bytes.len() {
        end = bytes.len().min(end.saturating_add(piece));
        while let Some((words, length)) = parser.parse(&bytes[start..end])? {
            commands.push(words.iter().map(<[u8]>::to_vec).collect());
            start += length;
        }
    }
    Ok((commands, bytes.len() - start))
}

/// Encodes words as a client does.
fn written(words: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}
