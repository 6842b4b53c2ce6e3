//! One client, without its connection: bytes are the input, replies and requests the output.
//!
//! The owner of the connection reads, calls [`Session::execute`], and acts on the returned value, so a
//! session works with any transport and any runtime.

use std::future::pending;

use crate::command::{self, Error};
use crate::pubsub::Subscriber;
use crate::reply::Replies;
use crate::resp::{Parser, Words};
use crate::server::Server;

/// This many bytes of replies are written before more commands are executed.
const FULL: usize = 64 << 10;

/// A buffer that grew beyond this is freed when it is empty.
const KEPT: usize = 128 << 10;

/// The next step after the replies have been written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Read, and execute the input.
    Read,
    /// Call [`Session::resume`] for more commands.
    Resume,
    /// Compute this, [reply](Session::digested), and resume.
    Digest { value: Vec<u8>, rounds: u64 },
    /// Close the connection.
    Close,
}

pub(crate) struct Session<'a> {
    pub(crate) server: &'a Server,
    pub(crate) number: u64,
    pub(crate) name: Vec<u8>,
    parser: Parser,
    /// Input that is not yet executed: an incomplete command, or commands after one that takes long.
    pending: Vec<u8>,
    pub(crate) replies: Replies,
    pub(crate) subscriber: Option<Subscriber<'a>>,
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.server.goes();
    }
}

impl<'a> Session<'a> {
    pub(crate) fn new(server: &'a Server) -> Self {
        Self {
            server,
            number: server.comes(),
            name: Vec::new(),
            parser: Parser::default(),
            pending: Vec::new(),
            replies: Replies::default(),
            subscriber: None,
        }
    }

    /// Executes the complete commands. Consumes all of `input`.
    pub(crate) fn execute(&mut self, input: &[u8]) -> Next {
        self.take_mail();
        if !self.pending.is_empty() {
            self.pending.extend_from_slice(input);
            return self.resume();
        }
        // The usual case: complete commands, without a copy.
        let (length, next) = self.run(input);
        self.pending.extend_from_slice(&input[length..]);
        next
    }

    /// Continues with input that was read before.
    pub(crate) fn resume(&mut self) -> Next {
        let mut pending = std::mem::take(&mut self.pending);
        let (length, next) = self.run(&pending);
        pending.drain(..length);
        if pending.is_empty() {
            pending.shrink_to(KEPT);
        }
        self.pending = pending;
        next
    }

    /// Returns the bytes to write.
    pub(crate) fn replies(&self) -> &[u8] {
        self.replies.bytes()
    }

    /// Must be called when all replies have been written.
    pub(crate) fn written(&mut self) {
        self.replies.clear();
    }

    /// Adds the reply to a [`Next::Digest`].
    pub(crate) fn digested(&mut self, digest: Result<String, String>) {
        self.replies.begin();
        match digest {
            Ok(digest) => self.replies.bulk(digest.as_bytes()),
            Err(error) => self.replies.fail(format_args!("ERR {error}")),
        }
        self.replies.end();
    }

    /// Waits until a message is published for this client.
    pub(crate) async fn mail(&self) {
        match &self.subscriber {
            Some(subscriber) => subscriber.mailbox().filled().await,
            None => pending().await,
        }
    }

    /// Appends published messages to the replies.
    pub(crate) fn take_mail(&mut self) {
        if let Some(subscriber) = &self.subscriber {
            subscriber.take_mail(&mut self.replies);
        }
    }

    /// Waits until this client has lost a message because it is too slow.
    pub(crate) async fn has_lost(&self) {
        match &self.subscriber {
            Some(subscriber) => subscriber.mailbox().full().await,
            None => pending().await,
        }
    }

    /// Executes commands until another step is needed; returns the position, and that step.
    fn run(&mut self, input: &[u8]) -> (usize, Next) {
        // The words borrow the input, and a command borrows the whole session.
        let mut parser = std::mem::take(&mut self.parser);
        let mut at = 0;
        let next = loop {
            if self.replies.bytes().len() >= FULL {
                break Next::Resume;
            }
            match parser.parse(&input[at..]) {
                Ok(Some((words, length))) => {
                    at += length;
                    if words.len() > 0
                        && let Some(next) = self.command(words)
                    {
                        break next;
                    }
                }
                Ok(None) => break Next::Read,
                Err(error) => {
                    self.replies.begin();
                    self.replies.fail(format_args!("ERR Protocol error: {}", error.0));
                    break Next::Close;
                }
            }
        };
        self.parser = parser;
        (at, next)
    }

    fn command(&mut self, words: Words<'_>) -> Option<Next> {
        self.replies.begin();
        let next = self.try_command(words).unwrap_or_else(|error| {
            self.replies.fail(error);
            None
        });
        self.replies.end();
        next
    }

    fn try_command(&mut self, words: Words<'_>) -> Result<Option<Next>, Error> {
        let command = command::of(words)?;
        if self.subscriber.is_some() && self.while_subscribed(command.name, words)? {
            return Ok(None);
        }
        let request = command.execute(&mut self.server.store.borrow_mut(), words, &mut self.replies)?;
        match request {
            Some(request) => self.request(request, words),
            None => Ok(None),
        }
    }

    /// Handles the commands that a subscriber may send, whose replies it can tell from messages. Returns
    /// whether there is a reply.
    fn while_subscribed(&mut self, name: &str, words: Words<'_>) -> Result<bool, Error> {
        match name {
            "ping" => self.replies.bulks([&b"pong"[..], words.get(1).unwrap_or_default()].into_iter()),
            "subscribe" | "unsubscribe" | "quit" => return Ok(false),
            _ => {
                let allowed = "(P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET";
                let text = format!("ERR Can't execute '{name}': only {allowed} are allowed in this context");
                return Err(Error::Other(text));
            }
        }
        Ok(true)
    }
}
