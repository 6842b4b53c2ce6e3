//! A source with a value that is lent to every job.

use std::task::{Context, Poll};

use super::traits::{Lent, Source};
use crate::remote::Borrowed;

/// The source of [`lending`](crate::iter::ParallelIterator::lending), whose items are pairs.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let mut numbers = [1, 2, 3];
///     let scaled = (&mut numbers).lending(&10).par_for_each(async |(factor, n)| *n *= factor);
///     scaled.await;
///     assert_eq!(numbers, [10, 20, 30]);
/// });
/// ```
#[must_use = "a source does nothing until a method of `ParallelIterator` is called"]
#[derive(Debug)]
pub struct Lending<'c, S, C: ?Sized> {
    source: S,
    lent: &'c C,
}

impl<'c, S, C: ?Sized> Lending<'c, S, C> {
    pub(crate) fn new(source: S, lent: &'c C) -> Self {
        Self { source, lent }
    }
}

impl<'c, S: Source, C: Borrowed + ?Sized> Source for Lending<'c, S, C> {
    type Item<'x> = (&'x C, S::Item<'x>);
    type Piece = (&'c C, S::Piece);
    type Single = (&'c C, S::Single);

    fn poll_single(&mut self, context: &mut Context<'_>) -> Poll<Option<Self::Single>> {
        self.source.poll_single(context).map(|single| Some((self.lent, single?)))
    }

    fn poll_piece(&mut self, most: usize, context: &mut Context<'_>) -> Poll<Option<(Self::Piece, usize)>> {
        self.source.poll_piece(most, context).map(|piece| {
            let (piece, items) = piece?;
            Some(((self.lent, piece), items))
        })
    }

    fn left(&self) -> Option<usize> {
        self.source.left()
    }

    fn bytes_of_item(&self) -> usize {
        self.source.bytes_of_item()
    }

    fn items<'x>((lent, piece): Lent<'x, Self::Piece>) -> impl Iterator<Item = Self::Item<'x>> {
        S::items(piece).map(move |item| (lent, item))
    }

    fn item<'x>((lent, single): Lent<'x, Self::Single>) -> Self::Item<'x> {
        (lent, S::item(single))
    }
}
