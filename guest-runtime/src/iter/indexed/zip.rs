//! `zip`: two sources side by side. A piece has equally many items of both.

use std::task::{Context, Poll, ready};

use super::super::kind::Pair;
use super::super::source::{Indexed, ItemOf, Lent, NextPiece, Source};

/// The source of [`zip`](crate::iter::Par::zip).
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct Zip<A, B> {
    left: A,
    right: B,
}

impl<A: Indexed, B: Indexed> Zip<A, B> {
    pub(super) fn new(left: A, right: B) -> Self {
        Self { left, right }
    }
}

impl<A: Indexed, B: Indexed> Source for Zip<A, B> {
    type Kind = Pair<A::Kind, B::Kind>;
    type Env<'x> = A::Env<'x>;
    type Arg<'x, Of> = A::Arg<'x, Of>;
    type Piece = (A::Piece, B::Piece);
    type Single = (A::Single, B::Single);
    type Named = A::Named;

    const IS_EXACT: bool = true;

    fn poll_single(&mut self, context: &mut Context<'_>) -> Poll<Option<Self::Single>> {
        if self.count_left() == 0 {
            return Poll::Ready(None);
        }
        let left = ready!(self.left.poll_single(context));
        let right = ready!(self.right.poll_single(context));
        Poll::Ready(left.zip(right))
    }

    fn poll_piece(&mut self, most: usize, context: &mut Context<'_>) -> NextPiece<Self> {
        let most = most.min(self.count_left());
        if most == 0 {
            return Poll::Ready(None);
        }
        let left = ready!(self.left.poll_piece(most, context));
        let right = ready!(self.right.poll_piece(most, context));
        Poll::Ready(left.zip(right).map(|((left, items), (right, _))| ((left, right), items)))
    }

    fn left(&self) -> Option<usize> {
        match (self.left.left(), self.right.left()) {
            (Some(left), Some(right)) => Some(left.min(right)),
            (left, right) => left.or(right),
        }
    }

    fn bytes_of_item(&self) -> usize {
        self.left.bytes_of_item() + self.right.bytes_of_item()
    }

    fn items<'x>(
        (left, right): Lent<'x, Self::Piece>,
    ) -> (Self::Env<'x>, impl Iterator<Item = ItemOf<'x, Self>>) {
        let ((env, left), (_, right)) = (A::items(left), B::items(right));
        (env, left.zip(right))
    }

    fn single<'x>(
        (left, right): Lent<'x, Self::Single>,
    ) -> (Self::Env<'x>, impl Iterator<Item = ItemOf<'x, Self>>) {
        let ((env, left), (_, right)) = (A::single(left), B::single(right));
        (env, left.zip(right))
    }

    fn arg<'x, Of>(env: Self::Env<'x>, item: Of) -> Self::Arg<'x, Of> {
        A::arg(env, item)
    }
}

impl<A: Indexed, B: Indexed> Indexed for Zip<A, B> {
    fn split_off(&mut self, at: usize) -> Self {
        Self { left: self.left.split_off(at), right: self.right.split_off(at) }
    }
}
