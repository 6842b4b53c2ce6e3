//! `rev`: items from the last to the first. Pieces are taken from the end, and each job reverses its own.

use std::task::{Context, Poll};

use super::super::source::{Indexed, ItemOf, Lent, NextPiece, Source};

/// The source of [`rev`](crate::iter::Par::rev).
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct Rev<S> {
    source: S,
}

impl<S: Indexed> Rev<S> {
    pub(super) fn new(source: S) -> Self {
        Self { source }
    }

    /// Takes the last items, at most `most`.
    fn last(&mut self, most: usize) -> S {
        self.source.split_off(self.source.count_left().saturating_sub(most))
    }
}

impl<S: Indexed> Source for Rev<S> {
    type Kind = S::Kind;
    type Env<'x> = S::Env<'x>;
    type Arg<'x, Of> = S::Arg<'x, Of>;
    type Piece = S::Piece;
    type Single = S::Single;
    type Named = S::Named;

    const IS_EXACT: bool = true;

    fn poll_single(&mut self, context: &mut Context<'_>) -> Poll<Option<S::Single>> {
        self.last(1).poll_single(context)
    }

    fn poll_piece(&mut self, most: usize, context: &mut Context<'_>) -> NextPiece<Self> {
        self.last(most).poll_piece(most, context)
    }

    fn left(&self) -> Option<usize> {
        self.source.left()
    }

    fn bytes_of_item(&self) -> usize {
        self.source.bytes_of_item()
    }

    fn items<'x>(piece: Lent<'x, S::Piece>) -> (Self::Env<'x>, impl Iterator<Item = ItemOf<'x, Self>>) {
        let (env, items) = S::items(piece);
        (env, items.collect::<Vec<_>>().into_iter().rev())
    }

    fn single<'x>(single: Lent<'x, S::Single>) -> (Self::Env<'x>, impl Iterator<Item = ItemOf<'x, Self>>) {
        S::single(single)
    }

    fn arg<'x, Of>(env: Self::Env<'x>, item: Of) -> Self::Arg<'x, Of> {
        S::arg(env, item)
    }
}

impl<S: Indexed> Indexed for Rev<S> {
    fn split_off(&mut self, at: usize) -> Self {
        let rest = self.source.count_left().saturating_sub(at);
        let ours = self.source.split_off(rest);
        Self { source: std::mem::replace(&mut self.source, ours) }
    }
}
