//! `chunks`: vectors of items. A piece has the items of several vectors.

use std::task::{Context, Poll};

use super::super::kind::Group;
use super::super::source::{Indexed, ItemOf, Lent, NextPiece, Source};
use crate::remote::Moved;

/// The source of [`chunks`](crate::iter::Par::chunks).
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct Groups<S> {
    source: S,
    size: usize,
}

impl<S> Groups<S> {
    pub(super) fn new(source: S, size: usize) -> Self {
        Self { source, size }
    }
}

impl<S: Indexed> Source for Groups<S> {
    type Kind = Group<S::Kind>;
    type Env<'x> = S::Env<'x>;
    type Arg<'x, Of> = S::Arg<'x, Of>;
    type Piece = (S::Piece, Moved<usize>);
    type Single = S::Piece;
    type Named = S::Named;

    const IS_EXACT: bool = true;

    fn poll_single(&mut self, context: &mut Context<'_>) -> Poll<Option<S::Piece>> {
        self.source.poll_piece(self.size, context).map(|piece| Some(piece?.0))
    }

    fn poll_piece(&mut self, most: usize, context: &mut Context<'_>) -> NextPiece<Self> {
        let size = self.size;
        self.source.poll_piece(most.saturating_mul(size), context).map(|piece| {
            let (piece, items) = piece?;
            Some(((piece, Moved::new(size)), items.div_ceil(size)))
        })
    }

    fn left(&self) -> Option<usize> {
        self.source.left().map(|items| items.div_ceil(self.size))
    }

    fn bytes_of_item(&self) -> usize {
        self.source.bytes_of_item().saturating_mul(self.size)
    }

    fn items<'x>(
        (piece, size): Lent<'x, Self::Piece>,
    ) -> (Self::Env<'x>, impl Iterator<Item = ItemOf<'x, Self>>) {
        let (env, mut items) = S::items(piece);
        let group = move || {
            let group: Vec<_> = items.by_ref().take(size).collect();
            (!group.is_empty()).then_some(group)
        };
        (env, std::iter::from_fn(group))
    }

    fn single<'x>(piece: Lent<'x, S::Piece>) -> (Self::Env<'x>, impl Iterator<Item = ItemOf<'x, Self>>) {
        let (env, items) = S::items(piece);
        (env, std::iter::once(items.collect()))
    }

    fn arg<'x, Of>(env: Self::Env<'x>, item: Of) -> Self::Arg<'x, Of> {
        S::arg(env, item)
    }
}

impl<S: Indexed> Indexed for Groups<S> {
    fn split_off(&mut self, at: usize) -> Self {
        Self { source: self.source.split_off(at.saturating_mul(self.size)), size: self.size }
    }
}
