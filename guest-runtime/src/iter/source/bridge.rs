//! Iterators and streams as sources: items are produced in this instance and processed in others.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::super::kind::Owned;
use super::super::par::Par;
use super::traits::{Lent, NextPiece, Source, plain_source};
use crate::Message;
use crate::remote::Moved;

/// Makes a parallel iterator of every iterator.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let squares = [1_u32, 2, 3].into_iter().rev().par_bridge().par_map(async |n| n * n);
///     assert_eq!(squares.await, [9, 4, 1]);
/// });
/// ```
pub trait Bridge: Iterator + Sized {
    /// Returns the items of this iterator as a parallel iterator. They are produced in this instance, when
    /// there is room for the next job.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let lengths = "a bc def".split(' ').map(String::from).par_bridge().par_map(async |word| word.len());
    ///     assert_eq!(lengths.await, [1, 2, 3]);
    /// });
    /// ```
    fn par_bridge(self) -> Par<Each<Self>>
    where
        Self::Item: Message, // an item that borrows cannot be sent: `.map(String::from)`, `.cloned()`
    {
        Par::new(Each(Box::new(self)))
    }
}

impl<I: Iterator> Bridge for I {}

/// Makes a parallel iterator of every stream.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
/// use guest_runtime::time::interval;
/// use std::time::Duration;
///
/// guest_runtime::block_on(async {
///     let ticks = interval(Duration::from_millis(1)).map(|_| 1_u32).take(3);
///     assert_eq!(ticks.par_bridge().par_reduce(async |n| n, async |a, b| a + b).await, Some(3));
/// });
/// ```
pub trait BridgeStream: Stream + Sized {
    /// Returns the items of this stream as a parallel iterator. The stream is polled when there is room for the
    /// next job, which gets the items that are ready then.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_lite::stream;
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let squares = stream::iter(1..=3).par_bridge().par_map(async |n: u32| n * n);
    ///     assert_eq!(squares.await, [1, 4, 9]);
    /// });
    /// ```
    fn par_bridge(self) -> Par<EachOfStream<Self>>
    where
        Self::Item: Message,
    {
        Par::new(EachOfStream { stream: Box::pin(self), ended: false })
    }
}

impl<S: Stream> BridgeStream for S {}

/// The source that [`par_bridge`](Bridge::par_bridge) makes of an iterator.
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct Each<I>(Box<I>);

/// The source that [`par_bridge`](BridgeStream::par_bridge) makes of a stream.
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct EachOfStream<S> {
    stream: Pin<Box<S>>,
    ended: bool,
}

/// Implements what both have in common: their items are values that move.
macro_rules! gives_values {
    () => {
        plain_source!();

        type Kind = Owned<<Self as Values>::Value>;
        type Piece = Moved<Vec<<Self as Values>::Value>>;
        type Single = Moved<<Self as Values>::Value>;

        fn bytes_of_item(&self) -> usize {
            size_of::<<Self as Values>::Value>()
        }

        fn items<'x>(piece: Lent<'x, Self::Piece>) -> ((), impl Iterator<Item = <Self as Values>::Value>) {
            ((), piece.into_iter())
        }

        fn single<'x>(single: Lent<'x, Self::Single>) -> ((), impl Iterator<Item = <Self as Values>::Value>) {
            ((), std::iter::once(single))
        }
    };
}

#[expect(unnameable_types, reason = "only a part of a chain")]
pub trait Values {
    type Value: Message;
}

impl<I: Iterator<Item: Message>> Values for Each<I> {
    type Value = I::Item;
}

impl<S: Stream<Item: Message>> Values for EachOfStream<S> {
    type Value = S::Item;
}

impl<I: Iterator<Item: Message>> Source for Each<I> {
    gives_values!();

    fn poll_single(&mut self, _: &mut Context<'_>) -> Poll<Option<Self::Single>> {
        Poll::Ready(self.0.next().map(Moved::new))
    }

    fn poll_piece(&mut self, most: usize, _: &mut Context<'_>) -> NextPiece<Self> {
        let piece: Vec<_> = self.0.by_ref().take(most).collect();
        let items = piece.len();
        Poll::Ready((items > 0).then(|| (Moved::new(piece), items)))
    }

    /// Returns `None` for an iterator that does not know its length, or is endless.
    fn left(&self) -> Option<usize> {
        let (least, most) = self.0.size_hint();
        most.filter(|&most| most == least)
    }
}

impl<S: Stream<Item: Message>> Source for EachOfStream<S> {
    gives_values!();

    const IS_FILLED: bool = false;

    fn poll_single(&mut self, context: &mut Context<'_>) -> Poll<Option<Self::Single>> {
        self.poll_next(context).map(|item| item.map(Moved::new))
    }

    fn poll_piece(&mut self, most: usize, context: &mut Context<'_>) -> NextPiece<Self> {
        let mut piece = Vec::new();
        while piece.len() < most {
            match self.poll_next(context) {
                Poll::Ready(Some(item)) => piece.push(item),
                Poll::Pending if piece.is_empty() => return Poll::Pending,
                Poll::Ready(None) | Poll::Pending => break,
            }
        }
        let items = piece.len();
        Poll::Ready((items > 0).then(|| (Moved::new(piece), items)))
    }

    fn left(&self) -> Option<usize> {
        self.ended.then_some(0)
    }
}

impl<S: Stream> EachOfStream<S> {
    /// Polls the stream, but not after its end.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let item = std::task::ready!(self.stream.as_mut().poll_next(context));
        self.ended = item.is_none();
        Poll::Ready(item)
    }
}
