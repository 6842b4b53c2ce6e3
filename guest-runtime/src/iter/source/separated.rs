//! Text between separators: a piece ends before a separator, which belongs to neither piece.

use std::marker::PhantomData;
use std::task::{Context, Poll};

use super::super::closure::{Captureless, captures_nothing};
use super::super::kind::Ref;
use super::traits::{Lent, NextPiece, Source};
use crate::Message;
use crate::remote::{Moved, Nameless, conjure};

/// What [`par_split`](crate::iter::ParallelString::par_split) splits a text at: a `char`, one of several, or each for
/// which a function returns `true`.
///
/// This trait is sealed: only this crate implements it.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let words = "one, two".par_split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
///     assert_eq!(words.collect::<Vec<_>>().await, ["one", "two"]);
///     assert_eq!("a-b.c".par_split(['-', '.']).count().await, 3);
/// });
/// ```
pub trait Separator {
    /// What a job gets.
    #[doc(hidden)]
    type Sent: Message + Clone;

    #[doc(hidden)]
    fn sent(&self) -> Self::Sent;

    #[doc(hidden)]
    fn separates(sent: &Self::Sent, c: char) -> bool;

    #[doc(hidden)]
    fn split(sent: Self::Sent, text: &str) -> impl Iterator<Item = &str> {
        text.split(move |c| Self::separates(&sent, c))
    }
}

impl Separator for char {
    type Sent = Self;

    fn sent(&self) -> Self {
        *self
    }

    fn separates(sent: &Self, c: char) -> bool {
        *sent == c
    }

    /// Searches for bytes, which is faster.
    fn split(sent: Self, text: &str) -> impl Iterator<Item = &str> {
        text.split(sent)
    }
}

impl Separator for &[char] {
    type Sent = Vec<char>;

    fn sent(&self) -> Vec<char> {
        self.to_vec()
    }

    fn separates(sent: &Vec<char>, c: char) -> bool {
        sent.contains(&c)
    }
}

impl<const N: usize> Separator for [char; N] {
    type Sent = Vec<char>;

    fn sent(&self) -> Vec<char> {
        self.to_vec()
    }

    fn separates(sent: &Vec<char>, c: char) -> bool {
        sent.contains(&c)
    }
}

impl<F: Fn(char) -> bool + Captureless> Separator for F {
    type Sent = ();

    fn sent(&self) {
        const { captures_nothing::<F>() };
    }

    fn separates((): &(), c: char) -> bool {
        conjure::<F>()(c)
    }
}

/// The source of [`par_split`](crate::iter::ParallelString::par_split).
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct Separated<'a, P: Separator> {
    /// `None` after the last item; an empty text is an empty item.
    rest: Option<&'a str>,
    separator: P::Sent,
    of: PhantomData<P>,
}

impl<'a, P: Separator> Separated<'a, P> {
    pub(super) fn new(text: &'a str, separator: &P) -> Self {
        Self { rest: Some(text), separator: separator.sent(), of: PhantomData }
    }

    /// Takes a piece of at least `least` bytes. Returns it, and how many bytes it takes with its separator.
    fn next(&mut self, least: usize) -> Option<(&'a str, usize)> {
        let rest = self.rest.take()?;
        let from = rest.ceil_char_boundary(least.min(rest.len()));
        let found = rest[from..].char_indices().find(|(_, c)| P::separates(&self.separator, *c));
        let Some((end, separator)) = found.map(|(end, c)| (from + end, c)) else {
            return Some((rest, rest.len() + 1));
        };
        let next = end + separator.len_utf8();
        self.rest = Some(&rest[next..]);
        Some((&rest[..end], next))
    }
}

impl<'a, P: Separator> Source for Separated<'a, P> {
    type Kind = Ref<str>;
    type Env<'x> = ();
    type Arg<'x, Of> = Of;
    type Piece = (&'a str, Moved<P::Sent>);
    type Single = Self::Piece;
    type Named = Nameless;

    const IS_EXACT: bool = false;

    fn poll_single(&mut self, _: &mut Context<'_>) -> Poll<Option<Self::Piece>> {
        Poll::Ready(self.next(0).map(|(piece, _)| (piece, Moved::new(self.separator.clone()))))
    }

    fn poll_piece(&mut self, most: usize, _: &mut Context<'_>) -> NextPiece<Self> {
        let piece = self.next(most);
        Poll::Ready(piece.map(|(piece, bytes)| ((piece, Moved::new(self.separator.clone())), bytes)))
    }

    fn left(&self) -> Option<usize> {
        Some(self.rest.map_or(0, |rest| rest.len() + 1))
    }

    fn bytes_of_item(&self) -> usize {
        1
    }

    fn items<'x>((piece, separator): Lent<'x, Self::Piece>) -> ((), impl Iterator<Item = &'x str>) {
        ((), P::split(separator, piece))
    }

    fn single<'x>(piece: Lent<'x, Self::Piece>) -> ((), impl Iterator<Item = &'x str>) {
        Self::items(piece)
    }

    fn arg<'x, Of>((): Self::Env<'x>, item: Of) -> Self::Arg<'x, Of> {
        item
    }
}
