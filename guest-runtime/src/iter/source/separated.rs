//! Text between separators: a piece ends before a separator, which belongs to neither piece.

use std::task::{Context, Poll};

use super::super::kind::Ref;
use super::traits::{Lent, NextPiece, Source};
use crate::remote::Moved;

/// The source of [`par_split`](crate::iter::ParallelString::par_split).
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct Separated<'a> {
    /// `None` after the last item; an empty text is an empty item.
    rest: Option<&'a str>,
    separator: char,
}

impl<'a> Separated<'a> {
    pub(super) fn new(text: &'a str, separator: char) -> Self {
        Self { rest: Some(text), separator }
    }

    /// Takes a piece of at least `least` bytes. Returns it, and how many bytes it takes with its separator.
    fn next(&mut self, least: usize) -> Option<(&'a str, usize)> {
        let rest = self.rest.take()?;
        let from = rest.ceil_char_boundary(least.min(rest.len()));
        let Some(end) = rest[from..].find(self.separator).map(|end| from + end) else {
            return Some((rest, rest.len() + 1));
        };
        let next = end + self.separator.len_utf8();
        self.rest = Some(&rest[next..]);
        Some((&rest[..end], next))
    }
}

impl<'a> Source for Separated<'a> {
    type Kind = Ref<str>;
    type Env<'x> = ();
    type Arg<'x, Of> = Of;
    type Piece = (&'a str, Moved<char>);
    type Single = Self::Piece;
    type Named = crate::remote::Nameless;

    const IS_EXACT: bool = false;

    fn poll_single(&mut self, _: &mut Context<'_>) -> Poll<Option<Self::Piece>> {
        let separator = self.separator;
        Poll::Ready(self.next(0).map(|(piece, _)| (piece, Moved::new(separator))))
    }

    fn poll_piece(&mut self, most: usize, _: &mut Context<'_>) -> NextPiece<Self> {
        let separator = self.separator;
        Poll::Ready(self.next(most).map(|(piece, bytes)| ((piece, Moved::new(separator)), bytes)))
    }

    fn left(&self) -> Option<usize> {
        Some(self.rest.map_or(0, |rest| rest.len() + 1))
    }

    fn bytes_of_item(&self) -> usize {
        1
    }

    fn items<'x>((piece, separator): Lent<'x, Self::Piece>) -> ((), impl Iterator<Item = &'x str>) {
        ((), piece.split(separator))
    }

    fn single<'x>(piece: Lent<'x, Self::Piece>) -> ((), impl Iterator<Item = &'x str>) {
        Self::items(piece)
    }

    fn arg<'x, Of>((): Self::Env<'x>, item: Of) -> Self::Arg<'x, Of> {
        item
    }
}
