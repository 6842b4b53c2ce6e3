//! Channels: a message that is published on one is delivered to its subscribers.
//!
//! A subscriber has a bounded mailbox of encoded messages. A slow reader does not delay others: when its
//! mailbox is full, the mailbox and its connection are closed.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::command::Error;
use crate::reply::Replies;

/// The maximum size of a mailbox, unless it contains a single message.
const MAX_MAIL: usize = 1 << 20;

/// The maximum total length of the channel names of a subscriber, including overhead.
const MAX_NAMES: usize = 1 << 20;
const NAME: usize = 64;

/// All channels with subscribers.
#[derive(Debug, Default)]
pub(crate) struct Channels {
    mailboxes: RefCell<HashMap<Rc<[u8]>, Mailboxes>>,
    subscribers: Cell<u64>,
}

impl Channels {
    /// Returns the number of subscribers.
    pub(crate) fn publish(&self, channel: &[u8], message: &[u8]) -> usize {
        let wakers: Vec<_> = match self.mailboxes.borrow().get(channel) {
            None => return 0,
            Some(mailboxes) => {
                let mut encoded = Replies::default();
                encoded.bulks([&b"message"[..], channel, message].into_iter());
                mailboxes.values().map(|mailbox| mailbox.put(encoded.bytes())).collect()
            }
        };
        let count = wakers.len();
        // No borrow is held here, because a waker may run any code.
        wakers.into_iter().flatten().for_each(Waker::wake);
        count
    }

    pub(crate) fn subscriber(&self) -> Subscriber<'_> {
        let number = self.subscribers.get();
        self.subscribers.set(number + 1);
        Subscriber { channels: self, number, mailbox: Rc::default(), names: BTreeSet::new(), length: 0 }
    }
}

/// The mailboxes of one channel, in the order of subscription.
type Mailboxes = BTreeMap<u64, Rc<Mailbox>>;

/// The mailbox of one subscriber.
#[derive(Debug, Default)]
pub(crate) struct Mailbox(RefCell<Mail>);

#[derive(Debug, Default)]
struct Mail {
    encoded: Vec<u8>,
    is_full: bool,
    waker: Option<Waker>,
}

impl Mailbox {
    /// Returns the waker to wake.
    fn put(&self, message: &[u8]) -> Option<Waker> {
        let mail = &mut *self.0.borrow_mut();
        mail.is_full |= !mail.encoded.is_empty() && mail.encoded.len() + message.len() > MAX_MAIL;
        if !mail.is_full {
            mail.encoded.extend_from_slice(message);
        }
        mail.waker.take()
    }

    /// Waits until there are messages, or the mailbox is closed.
    pub(crate) async fn filled(&self) {
        self.wait(|mail| mail.is_full || !mail.encoded.is_empty()).await;
    }

    /// Waits until a message has been lost.
    pub(crate) async fn full(&self) {
        self.wait(|mail| mail.is_full).await;
    }

    /// A connection waits for one event at a time, so one waker suffices.
    async fn wait(&self, is_so: fn(&Mail) -> bool) {
        let poll = |context: &mut Context<'_>| {
            let mail = &mut *self.0.borrow_mut();
            if is_so(mail) {
                return Poll::Ready(());
            }
            mail.waker = Some(context.waker().clone());
            Poll::Pending
        };
        poll_fn(poll).await;
    }
}

/// A subscriber of some channels; dropping it unsubscribes.
#[derive(Debug)]
pub(crate) struct Subscriber<'a> {
    channels: &'a Channels,
    number: u64,
    mailbox: Rc<Mailbox>,
    names: BTreeSet<Rc<[u8]>>,
    /// The total length of all names.
    length: usize,
}

impl Subscriber<'_> {
    pub(crate) fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    /// Returns the number of channels.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &Rc<[u8]>> {
        self.names.iter()
    }

    /// Appends the contents of the mailbox to the replies.
    pub(crate) fn take_mail(&self, out: &mut Replies) {
        out.append(&mut self.mailbox.0.borrow_mut().encoded);
    }

    pub(crate) fn subscribe(&mut self, channel: &[u8]) -> Result<(), Error> {
        if self.names.contains(channel) {
            return Ok(());
        }
        if self.length + channel.len() + NAME > MAX_NAMES {
            return Err(Error::Other("ERR too many channels".to_owned()));
        }
        self.length += channel.len() + NAME;
        let mut mailboxes = self.channels.mailboxes.borrow_mut();
        let name =
            mailboxes.get_key_value(channel).map_or_else(|| channel.into(), |(name, _)| Rc::clone(name));
        mailboxes.entry(Rc::clone(&name)).or_default().insert(self.number, Rc::clone(&self.mailbox));
        self.names.insert(name);
        Ok(())
    }

    pub(crate) fn unsubscribe(&mut self, channel: &[u8]) {
        if self.names.remove(channel) {
            self.length -= channel.len() + NAME;
            self.leave(channel);
        }
    }

    fn leave(&self, channel: &[u8]) {
        let mut mailboxes = self.channels.mailboxes.borrow_mut();
        if let Some(subscribers) = mailboxes.get_mut(channel) {
            subscribers.remove(&self.number);
            if subscribers.is_empty() {
                mailboxes.remove(channel);
            }
        }
    }
}

impl Drop for Subscriber<'_> {
    fn drop(&mut self) {
        self.names.iter().for_each(|channel| self.leave(channel));
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    fn mail(subscriber: &Subscriber<'_>) -> String {
        let mut replies = Replies::default();
        subscriber.take_mail(&mut replies);
        String::from_utf8_lossy(replies.bytes()).into_owned()
    }

    fn is_ready(future: impl Future<Output = ()>) -> bool {
        pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn messages_go_to_who_has_subscribed() {
        let channels = Channels::default();
        let (mut a, mut b) = (channels.subscriber(), channels.subscriber());
        assert_eq!(channels.publish(b"x", b"1"), 0);
        a.subscribe(b"x").unwrap();
        a.subscribe(b"x").unwrap();
        b.subscribe(b"x").unwrap();
        b.subscribe(b"y").unwrap();
        assert_eq!((a.len(), b.len()), (1, 2));
        assert!(!is_ready(a.mailbox().filled()));
        assert_eq!(channels.publish(b"x", b"2"), 2);
        assert_eq!(channels.publish(b"y", b"3"), 1);
        assert!(is_ready(a.mailbox().filled()));
        assert_eq!(mail(&a), "*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$1\r\n2\r\n");
        assert_eq!(mail(&a), "");
        a.unsubscribe(b"x");
        a.unsubscribe(b"never");
        assert_eq!(channels.publish(b"x", b"4"), 1);
        drop(b);
        assert_eq!(channels.publish(b"x", b"5"), 0);
        assert!(channels.mailboxes.borrow().is_empty());
    }

    #[test]
    fn who_does_not_keep_up_is_told() {
        let channels = Channels::default();
        let mut slow = channels.subscriber();
        slow.subscribe(b"x").unwrap();
        let large = vec![b'a'; MAX_MAIL + 1];
        channels.publish(b"x", &large);
        assert!(!is_ready(slow.mailbox().full()), "a single message may be of any size");
        mail(&slow);
        let messages = (0..).take_while(|_| {
            channels.publish(b"x", &large[..1_000]);
            !is_ready(slow.mailbox().full())
        });
        let count = messages.count();
        assert!((1_000..1_048).contains(&count), "{count}");
        assert!(mail(&slow).len() <= MAX_MAIL);
    }

    #[test]
    fn channels_are_bounded() {
        let channels = Channels::default();
        let mut subscriber = channels.subscriber();
        let fit = (0..100_000).take_while(|n| subscriber.subscribe(format!("{n:064}").as_bytes()).is_ok());
        assert_eq!(fit.count(), MAX_NAMES / (64 + NAME));
        subscriber.unsubscribe(format!("{:064}", 0).as_bytes());
        assert!(subscriber.subscribe(&[b'a'; 64]).is_ok());
    }
}
