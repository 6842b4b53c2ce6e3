//! `step_by`: every `n`th item. A piece begins with an item that is yielded.

use std::task::{Context, Poll};

use super::super::source::{Indexed, ItemOf, Lent, NextPiece, Source};
use crate::remote::Moved;

/// The source of [`step_by`](crate::iter::Par::step_by).
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct StepBy<S> {
    source: S,
    step: usize,
}

impl<S> StepBy<S> {
    pub(super) fn new(source: S, step: usize) -> Self {
        Self { source, step }
    }
}

impl<S: Indexed> Source for StepBy<S> {
    type Kind = S::Kind;
    type Env<'x> = S::Env<'x>;
    type Arg<'x, Of> = S::Arg<'x, Of>;
    type Piece = (S::Piece, Moved<usize>);
    type Single = S::Single;
    type Named = S::Named;

    const IS_EXACT: bool = true;

    fn poll_single(&mut self, context: &mut Context<'_>) -> Poll<Option<S::Single>> {
        let rest = self.source.split_off(self.step);
        std::mem::replace(&mut self.source, rest).poll_single(context)
    }

    fn poll_piece(&mut self, most: usize, context: &mut Context<'_>) -> NextPiece<Self> {
        let step = self.step;
        self.source.poll_piece(most.saturating_mul(step), context).map(|piece| {
            let (piece, items) = piece?;
            Some(((piece, Moved::new(step)), items.div_ceil(step)))
        })
    }

    fn left(&self) -> Option<usize> {
        self.source.left().map(|items| items.div_ceil(self.step))
    }

    fn bytes_of_item(&self) -> usize {
        self.source.bytes_of_item().saturating_mul(self.step)
    }

    fn items<'x>(
        (piece, step): Lent<'x, Self::Piece>,
    ) -> (Self::Env<'x>, impl Iterator<Item = ItemOf<'x, Self>>) {
        let (env, items) = S::items(piece);
        (env, items.step_by(step))
    }

    fn single<'x>(single: Lent<'x, S::Single>) -> (Self::Env<'x>, impl Iterator<Item = ItemOf<'x, Self>>) {
        S::single(single)
    }

    fn arg<'x, Of>(env: Self::Env<'x>, item: Of) -> Self::Arg<'x, Of> {
        S::arg(env, item)
    }
}

impl<S: Indexed> Indexed for StepBy<S> {
    fn split_off(&mut self, at: usize) -> Self {
        Self { source: self.source.split_off(at.saturating_mul(self.step)), step: self.step }
    }
}
