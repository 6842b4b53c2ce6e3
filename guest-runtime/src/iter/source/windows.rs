//! Windows of a slice: a piece overlaps the next by what their windows share.

use std::task::{Context, Poll};

use super::super::kind::Ref;
use super::traits::{Indexed, Lent, NextPiece, Source, plain_source};
use crate::Message;
use crate::remote::Moved;

/// The source of [`par_windows`](crate::iter::ParallelSlice::par_windows).
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct Windows<'a, T> {
    rest: &'a [T],
    size: usize,
}

impl<'a, T> Windows<'a, T> {
    pub(super) fn new(rest: &'a [T], size: usize) -> Self {
        Self { rest, size }
    }

    /// Takes the elements of this many windows.
    fn next(&mut self, windows: usize) -> Option<&'a [T]> {
        let elements = windows.checked_add(self.size - 1)?;
        let piece = self.rest.get(..elements)?;
        self.rest = &self.rest[windows..];
        Some(piece)
    }
}

impl<'a, T: Message> Source for Windows<'a, T> {
    plain_source!();

    type Kind = Ref<[T]>;
    /// A piece has several windows, so the job needs to know their size.
    type Piece = (&'a [T], Moved<usize>);
    type Single = &'a [T];

    fn poll_single(&mut self, _: &mut Context<'_>) -> Poll<Option<&'a [T]>> {
        Poll::Ready(self.next(1))
    }

    fn poll_piece(&mut self, most: usize, _: &mut Context<'_>) -> NextPiece<Self> {
        let windows = most.min(self.count_left());
        if windows == 0 {
            return Poll::Ready(None);
        }
        Poll::Ready(self.next(windows).map(|piece| ((piece, Moved::new(self.size)), windows)))
    }

    fn left(&self) -> Option<usize> {
        Some((self.rest.len() + 1).saturating_sub(self.size))
    }

    fn bytes_of_item(&self) -> usize {
        size_of::<T>()
    }

    fn items<'x>((piece, size): Lent<'x, Self::Piece>) -> ((), impl Iterator<Item = &'x [T]>) {
        ((), piece.windows(size))
    }

    fn single<'x>(single: Lent<'x, Self::Single>) -> ((), impl Iterator<Item = &'x [T]>) {
        ((), std::iter::once(single))
    }
}

impl<T: Message> Indexed for Windows<'_, T> {
    fn split_off(&mut self, at: usize) -> Self {
        let at = at.min(self.count_left());
        let tail = Self { rest: &self.rest[at..], size: self.size };
        let elements = if at == 0 { 0 } else { at + self.size - 1 };
        self.rest = &self.rest[..elements];
        tail
    }
}
