//! The commands: their table, and their execution.
//!
//! A command maps the data and its words to a reply, without waiting or I/O. Anything that concerns the
//! client rather than the data is returned as a [`Request`].

use std::fmt;

use crate::reply::Replies;
use crate::resp::{self, Words};
use crate::store::Store;
use crate::value::WrongKind;
use crate::{about, collections, keys, lists, strings};

/// The reason for the failure of a command, in the words of Redis.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Error {
    Unknown(String),
    Arity(String),
    WrongKind,
    Syntax,
    NotAnInteger,
    Overflow,
    NotAFloat,
    OutOfMemory,
    /// The error applies to this command.
    ExpireTime(&'static str),
    Other(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(command) => write!(f, "ERR unknown command {command}"),
            Self::Arity(name) => write!(f, "ERR wrong number of arguments for '{name}' command"),
            Self::WrongKind => {
                f.write_str("WRONGTYPE Operation against a key holding the wrong kind of value")
            }
            Self::Syntax => f.write_str("ERR syntax error"),
            Self::NotAnInteger => f.write_str("ERR value is not an integer or out of range"),
            Self::Overflow => f.write_str("ERR increment or decrement would overflow"),
            Self::NotAFloat => f.write_str("ERR value is not a valid float"),
            Self::OutOfMemory => f.write_str("OOM command not allowed when used memory > 'maxmemory'."),
            Self::ExpireTime(name) => write!(f, "ERR invalid expire time in '{name}' command"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl From<WrongKind> for Error {
    fn from(_: WrongKind) -> Self {
        Self::WrongKind
    }
}

/// What a command does to the client that sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Client,
    Digest,
    Hello,
    Info,
    Publish,
    Quit,
    Shutdown,
    Subscribe,
    Unsubscribe,
}

pub(crate) type Execute = fn(&mut Store, Words<'_>, &mut Replies) -> Result<(), Error>;

#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// Operates on the data only.
    Data(Execute),
    /// Operates on the data and may add to it, unless there is too much already.
    Adds(Execute),
    Request(Request),
}

pub(crate) struct Command {
    pub(crate) name: &'static str,
    /// The number of words, including the name; if negative, the minimum.
    pub(crate) arity: i64,
    run: Run,
}

const fn data(name: &'static str, arity: i64, execute: Execute) -> Command {
    Command { name, arity, run: Run::Data(execute) }
}

const fn adds(name: &'static str, arity: i64, execute: Execute) -> Command {
    Command { name, arity, run: Run::Adds(execute) }
}

const fn request(name: &'static str, arity: i64, request: Request) -> Command {
    Command { name, arity, run: Run::Request(request) }
}

/// Sorted, because it is searched by bisection.
pub(crate) static COMMANDS: &[Command] = &[
    request("client", -2, Request::Client),
    data("command", -1, about::command),
    data("config", -2, about::config),
    data("dbsize", 1, keys::dbsize),
    adds("decr", 2, strings::decr),
    adds("decrby", 3, strings::decrby),
    data("del", -2, keys::del),
    request("digest", 3, Request::Digest),
    data("echo", 2, about::echo),
    data("exists", -2, keys::exists),
    data("expire", 3, keys::expire),
    data("flushall", -1, keys::flushall),
    data("get", 2, strings::get),
    request("hello", -1, Request::Hello),
    data("hget", 3, collections::hget),
    data("hgetall", 2, collections::hgetall),
    adds("hset", -4, collections::hset),
    adds("incr", 2, strings::incr),
    adds("incrby", 3, strings::incrby),
    request("info", -1, Request::Info),
    data("keys", 2, keys::keys),
    data("llen", 2, lists::llen),
    data("lpop", 2, lists::lpop),
    adds("lpush", -3, lists::lpush),
    data("lrange", 4, lists::lrange),
    data("mget", -2, strings::mget),
    adds("mset", -3, strings::mset),
    data("pexpire", 3, keys::pexpire),
    data("ping", -1, about::ping),
    data("pttl", 2, keys::pttl),
    request("publish", 3, Request::Publish),
    request("quit", -1, Request::Quit),
    data("rpop", 2, lists::rpop),
    adds("rpush", -3, lists::rpush),
    adds("sadd", -3, collections::sadd),
    data("scard", 2, collections::scard),
    data("select", 2, about::select),
    adds("set", -3, strings::set),
    request("shutdown", -1, Request::Shutdown),
    data("smembers", 2, collections::smembers),
    data("spop", 2, collections::spop),
    request("subscribe", -2, Request::Subscribe),
    data("ttl", 2, keys::ttl),
    data("type", 2, keys::kind),
    request("unsubscribe", -1, Request::Unsubscribe),
    adds("zadd", -4, collections::zadd),
    data("zcard", 2, collections::zcard),
    data("zpopmin", 2, collections::zpopmin),
];

/// Longer than the longest name.
const NAME: usize = 16;

fn find(name: &[u8]) -> Option<&'static Command> {
    let mut lower = [0; NAME];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    let found = COMMANDS.binary_search_by(|command| command.name.as_bytes().cmp(lower));
    found.ok().map(|index| &COMMANDS[index])
}

/// Looks up the command of these words, and checks their number.
pub(crate) fn of(words: Words<'_>) -> Result<&'static Command, Error> {
    let command = find(&words[0]).ok_or_else(|| unknown(words))?;
    let length = words.len() as i64;
    if length == command.arity || (command.arity < 0 && length >= -command.arity) {
        Ok(command)
    } else {
        Err(Error::Arity(command.name.to_owned()))
    }
}

impl Command {
    /// Executes the command, or returns its request.
    pub(crate) fn execute(
        &self,
        store: &mut Store,
        words: Words<'_>,
        out: &mut Replies,
    ) -> Result<Option<Request>, Error> {
        match self.run {
            Run::Data(execute) => execute(store, words, out)?,
            Run::Adds(_) if store.is_full() => return Err(Error::OutOfMemory),
            Run::Adds(execute) => execute(store, words, out)?,
            Run::Request(request) => return Ok(Some(request)),
        }
        Ok(None)
    }

    pub(crate) fn adds(&self) -> bool {
        matches!(self.run, Run::Adds(_))
    }
}

/// Formats the error as Redis does: with the first arguments, truncated.
fn unknown(words: Words<'_>) -> Error {
    const SHOWN: usize = 128;
    let show = |word: &[u8]| String::from_utf8_lossy(&word[..word.len().min(SHOWN)]).into_owned();
    let mut text = format!("'{}', with args beginning with: ", show(&words[0]));
    for word in words.skip(1).iter() {
        if text.len() > SHOWN {
            break;
        }
        text += &format!("'{}' ", show(word));
    }
    Error::Unknown(text)
}

pub(crate) fn integer(word: &[u8]) -> Result<i64, Error> {
    resp::integer(word).ok_or(Error::NotAnInteger)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Instant;

    use super::*;
    use crate::resp::Parser;

    #[test]
    fn the_table_can_be_searched() {
        assert!(COMMANDS.is_sorted_by(|a, b| a.name < b.name));
        for command in COMMANDS {
            assert_eq!(find(command.name.to_uppercase().as_bytes()).unwrap().name, command.name);
        }
    }

    /// The data, and a line-based interface to it.
    pub(crate) struct Data(Store);

    impl Data {
        pub(crate) fn new() -> Self {
            Self(Store::new(Instant::now))
        }

        /// Returns the reply to one command.
        pub(crate) fn reply(&mut self, line: &str) -> String {
            let (mut parser, mut replies) = (Parser::default(), Replies::default());
            let line = format!("{line}\n");
            let (words, _) = parser.parse(line.as_bytes()).unwrap().unwrap();
            replies.begin();
            let outcome = of(words).and_then(|command| command.execute(&mut self.0, words, &mut replies));
            match outcome {
                Ok(request) => assert_eq!(request, None, "{line}"),
                Err(error) => replies.fail(error),
            }
            replies.end();
            String::from_utf8(replies.bytes().to_vec()).unwrap()
        }

        /// Executes several commands and returns each with its reply; line breaks are shown as spaces.
        #[track_caller]
        pub(crate) fn check(&mut self, conversation: &[(&str, &str)]) {
            for (line, expected) in conversation {
                assert_eq!(self.reply(line).replace("\r\n", " ").trim_end(), *expected, "{line}");
            }
        }

        pub(crate) fn used(&self) -> usize {
            self.0.used()
        }
    }

    #[test]
    fn errors_are_those_of_redis() {
        Data::new().check(&[
            ("nope", "-ERR unknown command 'nope', with args beginning with:"),
            ("nope a 'b c'", "-ERR unknown command 'nope', with args beginning with: 'a' 'b c'"),
            (
                "averyveryverylongname",
                "-ERR unknown command 'averyveryverylongname', with args beginning with:",
            ),
            ("get", "-ERR wrong number of arguments for 'get' command"),
            ("GET a b", "-ERR wrong number of arguments for 'get' command"),
            ("del", "-ERR wrong number of arguments for 'del' command"),
        ]);
        let long = Data::new().reply(&format!("nope {}", "word ".repeat(1_000)));
        assert!(long.len() < 400, "{long}");
    }
}
