//! Requests of commands that concern the client.

use crate::about::unknown_subcommand;
use crate::command::{Error, Request, integer};
use crate::resp::Words;
use crate::session::{Next, Session};
use crate::store::MAX_DATA;
use crate::value::Text;

impl Session<'_> {
    pub(crate) fn request(&mut self, request: Request, words: Words<'_>) -> Result<Option<Next>, Error> {
        match request {
            Request::Client => self.client(words)?,
            Request::Digest => return self.digest(words),
            Request::Hello => self.hello(words)?,
            Request::Info => self.info(),
            Request::Publish => self.replies.count(self.server.channels.publish(&words[1], &words[2])),
            Request::Subscribe => self.subscribe(words)?,
            Request::Unsubscribe => self.unsubscribe(words),
            Request::Quit => {
                self.replies.ok();
                return Ok(Some(Next::Close));
            }
            Request::Shutdown => {
                self.server.stop.say();
                return Ok(Some(Next::Close));
            }
        }
        Ok(None)
    }

    fn client(&mut self, words: Words<'_>) -> Result<(), Error> {
        match (words[1].to_ascii_lowercase().as_slice(), words.len()) {
            (b"setname", 3) => {
                self.name = words[2].to_vec();
                self.replies.ok();
            }
            (b"setinfo", 4) => self.replies.ok(),
            (b"getname", 2) => {
                self.replies.bulk_or_null(Some(&self.name[..]).filter(|name| !name.is_empty()))
            }
            (b"id", 2) => self.replies.integer(self.number as i64),
            _ => return Err(unknown_subcommand("CLIENT", words)),
        }
        Ok(())
    }

    fn digest(&mut self, words: Words<'_>) -> Result<Option<Next>, Error> {
        let rounds = u64::try_from(integer(&words[2])?).ok().filter(|rounds| *rounds > 0);
        let rounds = rounds.ok_or(Error::NotAnInteger)?;
        match self.server.store.borrow_mut().get::<Text>(&words[1])? {
            Some(value) => Ok(Some(Next::Digest { value: value.clone(), rounds })),
            None => {
                self.replies.null();
                Ok(None)
            }
        }
    }

    /// `HELLO [2]`: this server implements version 2 of the protocol.
    fn hello(&mut self, words: Words<'_>) -> Result<(), Error> {
        match words.get(1).map(integer).transpose()? {
            None | Some(2) if words.len() <= 2 => {}
            None | Some(2) => return Err(Error::Syntax),
            Some(_) => return Err(Error::Other("NOPROTO unsupported protocol version".to_owned())),
        }
        let out = &mut self.replies;
        out.array(8);
        for text in ["server", "mini-redis", "version", env!("CARGO_PKG_VERSION"), "proto"] {
            out.bulk(text.as_bytes());
        }
        out.integer(2);
        out.bulk(b"id");
        out.integer(self.number as i64);
        Ok(())
    }

    fn info(&mut self) {
        let store = self.server.store.borrow();
        let text = format!(
            "# Clients\r\nconnected_clients:{}\r\n# Memory\r\nused_memory:{}\r\nmaxmemory:{MAX_DATA}\r\n\
             # Keyspace\r\ndb0:keys={}\r\n",
            self.server.clients(),
            store.used(),
            store.len(),
        );
        self.replies.bulk(text.as_bytes());
    }

    fn subscribe(&mut self, words: Words<'_>) -> Result<(), Error> {
        let server = self.server;
        let subscriber = self.subscriber.get_or_insert_with(|| server.channels.subscriber());
        let mut outcome = Ok(());
        for channel in words.skip(1).iter() {
            outcome = subscriber.subscribe(channel);
            if outcome.is_err() {
                break;
            }
            self.replies.array(3);
            self.replies.bulk(b"subscribe");
            self.replies.bulk(channel);
            self.replies.count(subscriber.len());
        }
        self.forget_empty();
        outcome
    }

    fn unsubscribe(&mut self, words: Words<'_>) {
        let channels: Vec<_> = match (words.skip(1), &self.subscriber) {
            (named, _) if named.len() > 0 => named.iter().map(|name| Some(name.into())).collect(),
            (_, Some(subscriber)) => subscriber.names().cloned().map(Some).collect(),
            (_, None) => vec![None],
        };
        for channel in channels {
            let (subscriber, name) = (self.subscriber.as_mut(), channel.as_deref());
            let left = subscriber.map_or(0, |subscriber| {
                name.into_iter().for_each(|name| subscriber.unsubscribe(name));
                subscriber.len()
            });
            self.replies.array(3);
            self.replies.bulk(b"unsubscribe");
            self.replies.bulk_or_null(name);
            self.replies.count(left);
        }
        self.forget_empty();
    }

    /// A client without channels is an ordinary client again.
    fn forget_empty(&mut self) {
        self.subscriber.take_if(|subscriber| subscriber.len() == 0);
    }
}
