//! `enumerate`: items with their numbers. A piece is sent with the number of its first item.

use std::task::{Context, Poll};

use super::super::kind::{Owned, Pair};
use super::super::source::{Indexed, ItemOf, Lent, NextPiece, Source};
use crate::remote::Moved;

/// The source of [`enumerate`](crate::iter::Par::enumerate).
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct Enumerate<S> {
    source: S,
    /// The number of the next item.
    next: usize,
}

impl<S> Enumerate<S> {
    pub(super) fn new(source: S) -> Self {
        Self { source, next: 0 }
    }
}

impl<S: Indexed> Source for Enumerate<S> {
    type Kind = Pair<Owned<usize>, S::Kind>;
    type Env<'x> = S::Env<'x>;
    type Arg<'x, Of> = S::Arg<'x, Of>;
    type Piece = (Moved<usize>, S::Piece);
    type Single = (Moved<usize>, S::Single);
    type Named = S::Named;

    const IS_EXACT: bool = S::IS_EXACT;

    fn poll_single(&mut self, context: &mut Context<'_>) -> Poll<Option<Self::Single>> {
        self.source.poll_single(context).map(|single| {
            let number = self.next;
            self.next += 1;
            Some((Moved::new(number), single?))
        })
    }

    fn poll_piece(&mut self, most: usize, context: &mut Context<'_>) -> NextPiece<Self> {
        self.source.poll_piece(most, context).map(|piece| {
            let (piece, items) = piece?;
            let start = self.next;
            self.next += items;
            Some(((Moved::new(start), piece), items))
        })
    }

    fn left(&self) -> Option<usize> {
        self.source.left()
    }

    fn bytes_of_item(&self) -> usize {
        self.source.bytes_of_item()
    }

    fn items<'x>(
        (start, piece): Lent<'x, Self::Piece>,
    ) -> (Self::Env<'x>, impl Iterator<Item = ItemOf<'x, Self>>) {
        let (env, items) = S::items(piece);
        (env, items.enumerate().map(move |(index, item)| (start + index, item)))
    }

    fn single<'x>(
        (number, single): Lent<'x, Self::Single>,
    ) -> (Self::Env<'x>, impl Iterator<Item = ItemOf<'x, Self>>) {
        let (env, items) = S::single(single);
        (env, items.map(move |item| (number, item)))
    }

    fn arg<'x, Of>(env: Self::Env<'x>, item: Of) -> Self::Arg<'x, Of> {
        S::arg(env, item)
    }
}

impl<S: Indexed> Indexed for Enumerate<S> {
    fn split_off(&mut self, at: usize) -> Self {
        let at = at.min(self.count_left());
        Self { source: self.source.split_off(at), next: self.next + at }
    }
}
