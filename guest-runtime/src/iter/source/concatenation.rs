//! `chain`: two sources, one after the other. A piece has items of one source, or the last of the first and the first
//! of the second.

use std::task::{Context, Poll, ready};

use super::super::par::Par;
use super::traits::{Indexed, IntoSource, ItemOf, Lent, NextPiece, Source};

/// The source of [`chain`](Par::chain).
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct Concatenation<A, B> {
    first: A,
    second: B,
    /// Whether the first has no more items.
    first_ended: bool,
}

impl<S> Par<S> {
    /// Yields the items of this parallel iterator, then those of another.
    ///
    /// What is lent to the closures so far is not lent to later ones.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let numbers = (0..2).into_par_iter().chain((5..7).into_par_iter().map(|n| 10 * n));
    ///     assert_eq!(numbers.collect::<Vec<_>>().await, [0, 1, 50, 60]);
    /// });
    /// ```
    pub fn chain<I>(self, other: I) -> Par<Concatenation<S, I::Source>>
    where
        S: Source,
        I: IntoSource<Source: Source<Kind = S::Kind>>,
    {
        let (second, _) = other.into_par().into_parts();
        self.with_source(|first| Concatenation { first, second, first_ended: false })
    }
}

impl<A, B> Concatenation<A, B> {
    /// Polls the first source, until it has ended.
    fn first<T>(&mut self, poll: impl FnOnce(&mut A) -> Poll<Option<T>>) -> Poll<Option<T>> {
        if self.first_ended {
            return Poll::Ready(None);
        }
        let polled = ready!(poll(&mut self.first));
        self.first_ended = polled.is_none();
        Poll::Ready(polled)
    }
}

impl<A: Source, B: Source<Kind = A::Kind>> Source for Concatenation<A, B> {
    type Kind = A::Kind;
    type Env<'x> = ();
    type Arg<'x, Of> = Of;
    type Piece = (Option<A::Piece>, Option<B::Piece>);
    type Single = (Option<A::Single>, Option<B::Single>);
    type Named = A::Named;

    const IS_EXACT: bool = A::IS_EXACT && B::IS_EXACT;
    const HAS_FOLD: bool = A::HAS_FOLD || B::HAS_FOLD;
    const IS_FILLED: bool = A::IS_FILLED && B::IS_FILLED;

    fn poll_single(&mut self, context: &mut Context<'_>) -> Poll<Option<Self::Single>> {
        if let Some(single) = ready!(self.first(|first| first.poll_single(context))) {
            return Poll::Ready(Some((Some(single), None)));
        }
        self.second.poll_single(context).map(|single| Some((None, Some(single?))))
    }

    fn poll_piece(&mut self, most: usize, context: &mut Context<'_>) -> NextPiece<Self> {
        let Some((first, items)) = ready!(self.first(|first| first.poll_piece(most, context))) else {
            let piece = ready!(self.second.poll_piece(most, context));
            return Poll::Ready(piece.map(|(piece, items)| ((None, Some(piece)), items)));
        };
        if items >= most || self.first.left() != Some(0) {
            return Poll::Ready(Some(((Some(first), None), items)));
        }
        match self.second.poll_piece(most - items, context) {
            Poll::Ready(Some((second, more))) => {
                Poll::Ready(Some(((Some(first), Some(second)), items + more)))
            }
            Poll::Ready(None) | Poll::Pending => Poll::Ready(Some(((Some(first), None), items))),
        }
    }

    fn left(&self) -> Option<usize> {
        self.first.left()?.checked_add(self.second.left()?)
    }

    fn bytes_of_item(&self) -> usize {
        self.first.bytes_of_item().max(self.second.bytes_of_item())
    }

    fn items<'x>((first, second): Lent<'x, Self::Piece>) -> ((), impl Iterator<Item = ItemOf<'x, Self>>) {
        let first = first.into_iter().flat_map(|piece| A::items(piece).1);
        ((), first.chain(second.into_iter().flat_map(|piece| B::items(piece).1)))
    }

    fn single<'x>((first, second): Lent<'x, Self::Single>) -> ((), impl Iterator<Item = ItemOf<'x, Self>>) {
        let first = first.into_iter().flat_map(|single| A::single(single).1);
        ((), first.chain(second.into_iter().flat_map(|single| B::single(single).1)))
    }

    fn arg<'x, Of>((): Self::Env<'x>, item: Of) -> Self::Arg<'x, Of> {
        item
    }
}

impl<A: Indexed, B: Indexed<Kind = A::Kind>> Indexed for Concatenation<A, B> {
    fn split_off(&mut self, at: usize) -> Self {
        let in_first = at.min(self.first.count_left());
        Self {
            first: self.first.split_off(in_first),
            second: self.second.split_off(at - in_first),
            first_ended: self.first_ended,
        }
    }
}
