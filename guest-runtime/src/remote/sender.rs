//! Senders: how a job sends items, one after the other.

mod outbox;
mod queue;

use std::borrow::Cow;
use std::fmt;
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::{Context, Poll};

use super::argument::{Sink, Sinks, Transmit};
use super::message::Message;
use crate::Failure;
use crate::host::{self, Turn};
pub(crate) use outbox::Outbox;
pub(super) use outbox::decoding;
pub(crate) use queue::Queue;

/// Sends items to the [`ParallelStream`](crate::ParallelStream) that it belongs to, from any job.
///
/// It is an argument of its own: `async fn f(.., out: Sender<T>)`. It cannot be part of a message. A job
/// may pass it on to jobs of its own.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
/// use guest_runtime::{Sender, stream};
///
/// #[guest_runtime::parallel]
/// async fn lines(text: &str, out: Sender<String>) {
///     for line in text.lines() {
///         out.send(line.to_uppercase()).await;
///     }
/// }
///
/// guest_runtime::block_on(async {
///     let text = "a\nb\n".to_string();
///     let mut lines = stream(|out| lines(&text, out).par());
///     assert_eq!(lines.next().await.as_deref(), Some("A"));
///     assert_eq!(lines.next().await.as_deref(), Some("B"));
///     assert_eq!(lines.next().await, None);
/// });
/// ```
///
/// # Dropping
///
/// Dropping a sender does not end the stream, which ends with the work.
pub struct Sender<T>(Route<T>);

/// The route of an item to its stream.
enum Route<T> {
    /// The stream is in this instance.
    Queue(Rc<Queue<T>>),
    /// The stream is in the parent's instance, where this number identifies the sender.
    Parent(u8),
    /// The stream is in this instance, and the job is local. Items are encoded as for a remote job.
    Sink(Rc<dyn Sink>),
}

impl<T: Message> Sender<T> {
    /// Sends an item as soon as there is room for it.
    ///
    /// # Panics
    ///
    /// If the item cannot be encoded, or is longer than a message may be.
    ///
    /// # Cancellation
    ///
    /// If the future is dropped before it is ready, the item is not sent.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    /// use guest_runtime::stream;
    ///
    /// guest_runtime::block_on(async {
    ///     let letters = stream(async |out| {
    ///         for letter in ["a", "b"] {
    ///             out.send(letter.to_string()).await;
    ///         }
    ///     });
    ///     assert_eq!(letters.collect::<Vec<String>>().await, ["a", "b"]);
    /// });
    /// ```
    #[track_caller]
    pub fn send(&self, item: T) -> impl Future<Output = ()> {
        let mut item = Some(item);
        let mut encoded = None;
        let mut turn = Turn::default();
        poll_fn(move |context| {
            if let Route::Queue(queue) = &self.0 {
                return queue.poll_push(&mut item, &mut turn, context);
            }
            let encoded = encoded.get_or_insert_with(|| match item.take().map(Transmit::into_encoded) {
                Some(Ok(message)) => self.0.address(message),
                Some(Err(failure)) => panic!("an item cannot be sent: {failure}"),
                None => panic!("`send` was polled after it was ready"),
            });
            match self.0.poll_put(encoded, &mut turn, context) {
                Poll::Ready(Err(failure)) => panic!("an item cannot be sent: it {failure}"),
                polled => polled.map(|_| ()),
            }
        })
    }
}

impl<T> Route<T> {
    /// Appends the number of the sender if the parent needs it to find the stream.
    fn address(&self, item: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Parent(number) => with_number(item, *number),
            Self::Queue(_) | Self::Sink(_) => item,
        }
    }

    fn poll_put(&self, item: &[u8], turn: &mut Turn, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        match self {
            Self::Queue(_) => panic!("an item for a queue is not encoded"),
            Self::Parent(_) => poll_send(item, turn, context),
            Self::Sink(sink) => sink.poll_put(item, turn, context),
        }
    }
}

fn with_number(mut item: Vec<u8>, sender: u8) -> Vec<u8> {
    item.push(sender);
    item
}

/// Sends an item from this job to its parent.
fn poll_send(item: &[u8], turn: &mut Turn, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
    match host::poll_send(item, turn, context) {
        // The job was asked to stop. It has not failed: its future will be dropped here, where it waits.
        Poll::Ready(Err(Failure::Refused(_))) => Poll::Pending,
        polled => polled,
    }
}

impl<T> Sender<T> {
    /// Creates a sender into a queue of this instance.
    pub(crate) fn into_queue(queue: Rc<Queue<T>>) -> Self {
        Self(Route::Queue(queue))
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Route::Queue(queue) => Route::Queue(Rc::clone(queue)),
            Route::Parent(number) => Route::Parent(*number),
            Route::Sink(sink) => Route::Sink(Rc::clone(sink)),
        })
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

/// A sender has no bytes in the message: both sides number the senders among the arguments.
impl<T: Message> Transmit for Sender<T> {
    const IS_KEPT: bool = true;

    fn encode(&self) -> Result<Cow<'_, [u8]>, Failure> {
        Ok(Cow::Borrowed(&[]))
    }

    fn sinks(&self, sinks: &mut Sinks) {
        sinks.push(match &self.0 {
            Route::Queue(queue) => Rc::clone(queue) as Rc<dyn Sink>,
            Route::Parent(number) => Rc::new(ToParent(*number)),
            Route::Sink(sink) => Rc::clone(sink),
        });
    }

    fn decode(_message: Cow<'_, [u8]>) -> Result<Self, Failure> {
        let (number, outbox) = outbox::next_sender();
        Ok(Self(match outbox {
            None => Route::Parent(number),
            Some(outbox) => Route::Sink(outbox.sink(number)),
        }))
    }
}

/// The sink of a sender that this job has passed on to a job of its own.
struct ToParent(u8);

impl Sink for ToParent {
    fn poll_put(&self, item: &[u8], turn: &mut Turn, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        poll_send(&with_number(item.to_vec(), self.0), turn, context)
    }
}
