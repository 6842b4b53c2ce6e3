//! Ranges of integers as sources: only their bounds are sent.
//!
//! There is one implementation for all integers, so that the type of a literal is inferred from its use in the
//! chain, as in a loop.

use std::ops::{Range, RangeInclusive};
use std::task::{Context, Poll};

use super::super::kind::Owned;
use super::super::par::Par;
use super::traits::{Indexed, IntoSource, Lent, NextPiece, Source, plain_source};
use crate::Message;
use crate::remote::Moved;

/// The type of the items of a range.
#[expect(unnameable_types, reason = "`IntoSource` lists the sources")]
pub trait Integer: Message + Copy + Ord {
    /// Returns how many integers there are from this one to the other, without the other; 0 if that is smaller,
    /// and `None` for more than a `usize` can count.
    fn distance(self, end: Self) -> Option<usize>;

    /// Returns the integer that is this much larger. The caller has checked that there is one.
    fn plus(self, more: usize) -> Self;

    fn range(range: Range<Self>) -> impl Iterator<Item = Self>;

    fn range_inclusive(range: RangeInclusive<Self>) -> impl Iterator<Item = Self>;
}

macro_rules! integers {
    ($($integer:ty)*) => {
        $(
            impl Integer for $integer {
                fn distance(self, end: Self) -> Option<usize> {
                    if self >= end { Some(0) } else { usize::try_from(end.abs_diff(self)).ok() }
                }

                fn plus(self, more: usize) -> Self {
                    // `as` wraps for signed integers, and so does the sum.
                    self.wrapping_add(more as $integer)
                }

                fn range(range: Range<Self>) -> impl Iterator<Item = Self> {
                    range
                }

                fn range_inclusive(range: RangeInclusive<Self>) -> impl Iterator<Item = Self> {
                    range
                }
            }
        )*
    };
}

integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

impl<N: Integer> Source for Range<N> {
    plain_source!();

    type Kind = Owned<N>;
    type Piece = Moved<Self>;
    type Single = Moved<N>;

    fn poll_single(&mut self, _: &mut Context<'_>) -> Poll<Option<Moved<N>>> {
        let first = self.start;
        if first >= self.end {
            return Poll::Ready(None);
        }
        self.start = first.plus(1);
        Poll::Ready(Some(Moved::new(first)))
    }

    fn poll_piece(&mut self, most: usize, _: &mut Context<'_>) -> NextPiece<Self> {
        let items = most.min(self.left().unwrap_or(usize::MAX));
        if items == 0 {
            return Poll::Ready(None);
        }
        let end = self.start.plus(items);
        let piece = self.start..end;
        self.start = end;
        Poll::Ready(Some((Moved::new(piece), items)))
    }

    /// Returns `None` also for more items than `usize` can count.
    fn left(&self) -> Option<usize> {
        self.start.distance(self.end)
    }

    fn bytes_of_item(&self) -> usize {
        0
    }

    fn items<'x>(piece: Lent<'x, Self::Piece>) -> ((), impl Iterator<Item = N>) {
        ((), N::range(piece))
    }

    fn single<'x>(single: Lent<'x, Self::Single>) -> ((), impl Iterator<Item = N>) {
        ((), std::iter::once(single))
    }
}

impl<N: Integer> Indexed for Range<N> {
    fn split_off(&mut self, at: usize) -> Self {
        let middle = self.start.plus(at.min(self.count_left()));
        let tail = middle..self.end;
        self.end = middle;
        tail
    }
}

/// The source of an inclusive range. One that ends with the last integer of its type has no `Range`.
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct Inclusive<N> {
    /// The first and the last item, unless none is left.
    ends: Option<(N, N)>,
}

#[diagnostic::do_not_recommend]
impl<N: Integer> IntoSource for RangeInclusive<N> {
    type Source = Inclusive<N>;

    fn into_par(self) -> Par<Inclusive<N>> {
        // A range that was iterated to its end is empty, although its ends may be equal.
        let ends = (!self.is_empty()).then(|| self.into_inner());
        Par::new(Inclusive { ends })
    }
}

impl<N: Integer> Inclusive<N> {
    /// Takes the first items, between one and `most`, and returns them with their number.
    fn next(&mut self, most: usize) -> Option<(RangeInclusive<N>, usize)> {
        let (first, last) = self.ends?;
        let more = most.checked_sub(1)?.min(first.distance(last).unwrap_or(usize::MAX));
        let end = first.plus(more);
        self.ends = (end < last).then(|| (end.plus(1), last));
        Some((first..=end, more + 1))
    }
}

impl<N: Integer> Source for Inclusive<N> {
    plain_source!();

    type Kind = Owned<N>;
    type Piece = Moved<RangeInclusive<N>>;
    type Single = Moved<N>;

    fn poll_single(&mut self, _: &mut Context<'_>) -> Poll<Option<Moved<N>>> {
        Poll::Ready(self.next(1).map(|(piece, _)| Moved::new(*piece.start())))
    }

    fn poll_piece(&mut self, most: usize, _: &mut Context<'_>) -> NextPiece<Self> {
        Poll::Ready(self.next(most).map(|(piece, items)| (Moved::new(piece), items)))
    }

    fn left(&self) -> Option<usize> {
        self.ends.map_or(Some(0), |(first, last)| first.distance(last)?.checked_add(1))
    }

    fn bytes_of_item(&self) -> usize {
        0
    }

    fn items<'x>(piece: Lent<'x, Self::Piece>) -> ((), impl Iterator<Item = N>) {
        ((), N::range_inclusive(piece))
    }

    fn single<'x>(single: Lent<'x, Self::Single>) -> ((), impl Iterator<Item = N>) {
        ((), std::iter::once(single))
    }
}

impl<N: Integer> Indexed for Inclusive<N> {
    fn split_off(&mut self, at: usize) -> Self {
        let head = self.next(at).map(|(piece, _)| piece.into_inner());
        std::mem::replace(self, Self { ends: head })
    }
}
