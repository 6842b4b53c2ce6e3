//! Many values from one piece of work, over time: what the essay would write as a generator.

mod outbox;
mod queue;

use std::borrow::Cow;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::argument::{Sink, Sinks, Value};
use crate::jobs::Turn;
use crate::{Failure, Message, jobs};
pub(super) use outbox::{Outbox, reading};
use queue::Queue;

/// Sends items to the [`ParallelStream`] that it belongs to, from here or from a job.
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
/// Means nothing: the stream ends with the work.
pub struct Sender<T>(End<T>);

enum End<T> {
    /// The stream is here.
    Here(Rc<Queue<T>>),
    /// It is in the instance that started this job, which knows the sender by this number.
    There(u8),
    /// It is here, and so is the job, to which it is as far away as if it ran elsewhere.
    OutOf(Rc<dyn Sink>),
}

impl<T: Message> Sender<T> {
    /// Sends an item, when there is room for it.
    ///
    /// # Panics
    ///
    /// If the item cannot be written down, or is longer than a message may be.
    ///
    /// # Cancellation
    ///
    /// If this is dropped before it is ready, the item is not sent.
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
        let mut written = None;
        let mut turn = Turn::default();
        poll_fn(move |context| {
            if let End::Here(queue) = &self.0 {
                return queue.poll_push(&mut item, &mut turn, context);
            }
            let written = written.get_or_insert_with(|| match item.take().map(Value::into_message) {
                Some(Ok(message)) => self.0.address(message),
                Some(Err(failure)) => panic!("an item cannot be sent: {failure}"),
                None => panic!("`send` was polled after it was ready"),
            });
            match self.0.poll_put(written, &mut turn, context) {
                Poll::Ready(Err(failure)) => panic!("an item cannot be sent: it {failure}"),
                polled => polled.map(|_| ()),
            }
        })
    }
}

impl<T> End<T> {
    /// The item as it goes out.
    fn address(&self, item: Vec<u8>) -> Vec<u8> {
        match self {
            Self::There(number) => with_number(item, *number),
            Self::Here(_) | Self::OutOf(_) => item,
        }
    }

    fn poll_put(&self, item: &[u8], turn: &mut Turn, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        match self {
            Self::Here(_) => panic!("an item that stays here is not written down"),
            Self::There(_) => poll_send(item, turn, context),
            Self::OutOf(sink) => sink.poll_put(item, turn, context),
        }
    }
}

fn with_number(mut item: Vec<u8>, sender: u8) -> Vec<u8> {
    item.push(sender);
    item
}

/// Sends an item from this job to its parent.
fn poll_send(item: &[u8], turn: &mut Turn, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
    match jobs::poll_send(item, turn, context) {
        // This job is to stop, and is dropped where it waits: it has not failed.
        Poll::Ready(Err(Failure::Refused(_))) => Poll::Pending,
        polled => polled,
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            End::Here(queue) => End::Here(Rc::clone(queue)),
            End::There(number) => End::There(*number),
            End::OutOf(sink) => End::OutOf(Rc::clone(sink)),
        })
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

/// Nothing of it crosses: the far side counts its senders.
impl<T: Message> Value for Sender<T> {
    const STAYS: bool = true;

    fn message(&self) -> Result<Cow<'_, [u8]>, Failure> {
        Ok(Cow::Borrowed(&[]))
    }

    fn sinks(&self, sinks: &mut Sinks) {
        sinks.push(match &self.0 {
            End::Here(queue) => Rc::clone(queue) as Rc<dyn Sink>,
            End::There(number) => Rc::new(PassedOn(*number)),
            End::OutOf(sink) => Rc::clone(sink),
        });
    }

    fn read(_message: Cow<'_, [u8]>) -> Result<Self, Failure> {
        let (number, outbox) = outbox::next_sender();
        Ok(Self(match outbox {
            None => End::There(number),
            Some(outbox) => End::OutOf(outbox.sink(number)),
        }))
    }
}

/// A sender of this job that it has passed on to one of its own.
struct PassedOn(u8);

impl Sink for PassedOn {
    fn poll_put(&self, item: &[u8], turn: &mut Turn, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        poll_send(&with_number(item.to_vec(), self.0), turn, context)
    }
}

/// The items that some work sends, one after the other; made by [`stream`] and [`try_stream`].
///
/// # Cancellation
///
/// Dropping it stops the work, wherever it runs.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
/// use guest_runtime::{ParallelStream, Sender, stream};
///
/// #[guest_runtime::parallel]
/// async fn count(from: u32, out: Sender<u32>) {
///     for n in from.. {
///         out.send(n).await;
///     }
/// }
///
/// fn counted(from: u32) -> ParallelStream<'static, u32> {
///     stream(move |out| count(from, out).par())
/// }
/// # guest_runtime::block_on(async {
/// #     assert_eq!(counted(7).next().await, Some(7));
/// # });
/// ```
#[must_use = "a stream does nothing until it is polled"]
pub struct ParallelStream<'a, I>(Pin<Box<dyn Stream<Item = I> + 'a>>);

impl<I> Stream for ParallelStream<'_, I> {
    type Item = I;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<I>> {
        self.0.as_mut().poll_next(context)
    }
}

impl<I> fmt::Debug for ParallelStream<'_, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParallelStream").finish_non_exhaustive()
    }
}

/// A stream of what some work sends: a job, several of them, or something that runs here.
///
/// `work` gets the [`Sender`] and returns the future of the work, which is polled with the stream. The
/// stream ends when the work has ended and all items have been taken. Nothing begins before the first
/// poll; work that is ahead of who takes its items is held up, after 16 of them and, for a job, 16 more
/// on their way.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
/// use guest_runtime::{Sender, stream};
///
/// #[guest_runtime::parallel]
/// async fn primes(from: u64, out: Sender<u64>) {
///     for n in from.. {
///         if (2..).take_while(|d| d * d <= n).all(|d| n % d != 0) {
///             out.send(n).await;
///         }
///     }
/// }
///
/// guest_runtime::block_on(async {
///     let mut found = stream(|out| primes(1_000_000, out).par());     // nothing happens yet
///     assert_eq!(found.next().await, Some(1_000_003));
///     assert_eq!(found.next().await, Some(1_000_033));
///     drop(found);                                                    // and the job is stopped
/// });
/// ```
///
/// Several jobs, as they come:
///
/// ```
/// use guest_runtime::prelude::*;
/// use guest_runtime::{Sender, stream};
///
/// #[guest_runtime::parallel]
/// async fn count(to: u32, out: Sender<u32>) {
///     for n in 0..to {
///         out.send(n).await;
///     }
/// }
///
/// guest_runtime::block_on(async {
///     let both = stream(async |out| {
///         (count(10, out.clone()).par(), count(20, out).par()).join().await;
///     });
///     assert_eq!(both.count().await, 30);
/// });
/// ```
///
/// # Panics
///
/// The stream panics where the future of the work does: if it is a job that fails, say. See
/// [`try_stream`].
pub fn stream<'a, T, F>(work: impl FnOnce(Sender<T>) -> F) -> ParallelStream<'a, T>
where
    T: 'a,
    F: Future<Output = ()> + 'a,
{
    streamed(work, |item| item, |()| None)
}

/// A stream of what some work sends, and of its error, if it ends with one.
///
/// # Errors
///
/// The last item is the error of the work. With [`catch`](crate::ParallelFuture::catch) that is the
/// [`Failure`] of a job.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
/// use guest_runtime::{Failure, Sender, try_stream};
///
/// #[guest_runtime::parallel]
/// async fn count_to_two(out: Sender<u32>) {
///     for n in 1.. {
///         assert!(n < 3, "no more");
///         out.send(n).await;
///     }
/// }
///
/// guest_runtime::block_on(async {
///     let counted = try_stream(|out| count_to_two(out).par().catch());
///     let counted: Vec<Result<u32, Failure>> = counted.collect().await;
///     assert_eq!(counted[..2], [Ok(1), Ok(2)]);
///     let Err(Failure::Panicked(panic)) = &counted[2] else { panic!() };
///     assert_eq!(panic.message, "no more");
/// });
/// ```
pub fn try_stream<'a, T, E, F>(work: impl FnOnce(Sender<T>) -> F) -> ParallelStream<'a, Result<T, E>>
where
    T: 'a,
    E: 'a,
    F: Future<Output = Result<(), E>> + 'a,
{
    streamed(work, Ok, |outcome| outcome.err().map(Err))
}

fn streamed<'a, T, F, I>(
    work: impl FnOnce(Sender<T>) -> F,
    item: fn(T) -> I,
    last: fn(F::Output) -> Option<I>,
) -> ParallelStream<'a, I>
where
    T: 'a,
    F: Future + 'a,
    I: 'a,
{
    let queue = Rc::new(Queue::new());
    let mut work = Some(Box::pin(work(Sender(End::Here(Rc::clone(&queue))))));
    let mut ended_with = None;
    ParallelStream(Box::pin(futures_lite::stream::poll_fn(move |context| {
        if queue.is_low()
            && let Some(running) = &mut work
            && let Poll::Ready(output) = running.as_mut().poll(context)
        {
            work = None;
            ended_with = last(output);
        }
        match queue.poll_pop(context) {
            Poll::Ready(next) => Poll::Ready(Some(item(next))),
            Poll::Pending if work.is_none() => Poll::Ready(ended_with.take()),
            Poll::Pending => Poll::Pending,
        }
    })))
}
