//! Streams of the items that jobs and other futures send.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::remote::{Queue, Sender};

/// A stream of the items that a future sends; [`stream`] and [`try_stream`] make one.
///
/// # Cancellation
///
/// Dropping it drops the future, and so cancels its jobs.
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

/// Returns a stream of the items that a future sends, which may be a job, several jobs, or no job at all.
///
/// `work` is called with a [`Sender`], and returns the future, which is polled with the stream. The stream
/// ends when the future has completed and all items have been received. Nothing runs before the first poll.
/// A sender waits when 16 of its items have not been received; of a job, another 16 may be on their way.
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
/// Items of several jobs, in the order in which they arrive:
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
/// The stream panics when the future does, for example because a job fails. [`try_stream`] returns the failure
/// instead.
pub fn stream<'a, T, F>(work: impl FnOnce(Sender<T>) -> F) -> ParallelStream<'a, T>
where
    T: 'a,
    F: Future<Output = ()> + 'a,
{
    streamed(work, |item| item, |()| None)
}

/// Returns a stream of the items that a future sends, and of its error, if it returns one.
///
/// # Errors
///
/// The last item is the error of the future. For a job that is [caught](crate::ParallelFuture::catch), that
/// is its [`Failure`](crate::Failure).
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
    let mut work = Some(Box::pin(work(Sender::into_queue(Rc::clone(&queue)))));
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
