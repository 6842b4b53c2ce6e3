//! Text as a source: it is cut where an item ends, and each job finds the items of its piece.
//!
//! The source counts bytes, because counting lines or words would require finding all of them first. So
//! the grain of a text is a number of bytes.

use std::marker::PhantomData;
use std::task::{Context, Poll};

use super::super::kind::{Kind, Owned, Ref};
use super::super::par::Par;
use super::separated::{Separated, Separator};
use super::traits::{ItemOf, Lent, NextPiece, Source};

/// Splits a text into items of a parallel iterator.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let numbers = "1\n22\n333\n".par_lines().filter_map(|line| line.parse::<u32>().ok());
///     assert_eq!(numbers.sum::<u32>().await, 356);
/// });
/// ```
pub trait ParallelString {
    /// Returns the text that the sources refer to.
    #[doc(hidden)]
    fn text(&self) -> &str;

    /// Yields the lines, as [`str::lines`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!("one\ntwo\r\n".par_lines().collect::<Vec<_>>().await, ["one", "two"]);
    /// });
    /// ```
    fn par_lines(&self) -> Par<Text<'_, Lines>> {
        Par::new(Text::new(self.text()))
    }

    /// Yields the parts of the text between the occurrences of a character, or of several, as [`str::split`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!("a,bc,,".par_split(',').map(|part| part.len()).collect::<Vec<_>>().await, [1, 2, 0, 0]);
    /// });
    /// ```
    fn par_split<P: Separator>(&self, separator: P) -> Par<Separated<'_, P>> {
        Par::new(Separated::new(self.text(), &separator))
    }

    /// Yields the words, as [`str::split_whitespace`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!(" two  words\n".par_split_whitespace().count().await, 2);
    /// });
    /// ```
    fn par_split_whitespace(&self) -> Par<Text<'_, Words>> {
        Par::new(Text::new(self.text()))
    }

    /// Yields the characters.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!("Größe".par_chars().filter(|c| c.is_lowercase()).count().await, 4);
    /// });
    /// ```
    fn par_chars(&self) -> Par<Text<'_, Chars>> {
        Par::new(Text::new(self.text()))
    }

    /// Yields the bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!("abc".par_bytes().max().await, Some(b'c'));
    /// });
    /// ```
    fn par_bytes(&self) -> Par<Text<'_, Bytes>> {
        Par::new(Text::new(self.text()))
    }
}

impl ParallelString for str {
    fn text(&self) -> &str {
        self
    }
}

/// How a text is split.
#[expect(unnameable_types, reason = "only a part of a chain")]
pub trait Split: 'static {
    /// What it yields.
    type Kind: Kind;

    /// Returns the length of a piece of at least this many bytes that ends where an item does.
    fn end(text: &str, least: usize) -> usize;

    fn split(text: &str) -> impl Iterator<Item = <Self::Kind as Kind>::Item<'_>>;
}

/// Ends a piece after a line.
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct Lines;

/// Ends a piece after the space behind a word.
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct Words;

/// Ends a piece after a character.
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct Chars;

/// Ends a piece after a character, too: a piece of text is text.
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct Bytes;

impl Split for Lines {
    type Kind = Ref<str>;

    fn end(text: &str, least: usize) -> usize {
        let from = least - 1;
        let end = text.as_bytes()[from..].iter().position(|&byte| byte == b'\n');
        end.map_or(text.len(), |end| from + end + 1)
    }

    fn split(text: &str) -> impl Iterator<Item = &str> {
        text.lines()
    }
}

impl Split for Words {
    type Kind = Ref<str>;

    fn end(text: &str, least: usize) -> usize {
        let from = text.ceil_char_boundary(least);
        let space = text[from..].char_indices().find(|(_, c)| c.is_whitespace());
        space.map_or(text.len(), |(index, c)| from + index + c.len_utf8())
    }

    fn split(text: &str) -> impl Iterator<Item = &str> {
        text.split_whitespace()
    }
}

impl Split for Chars {
    type Kind = Owned<char>;

    fn end(text: &str, least: usize) -> usize {
        text.ceil_char_boundary(least)
    }

    fn split(text: &str) -> impl Iterator<Item = char> {
        text.chars()
    }
}

impl Split for Bytes {
    type Kind = Owned<u8>;

    fn end(text: &str, least: usize) -> usize {
        text.ceil_char_boundary(least)
    }

    fn split(text: &str) -> impl Iterator<Item = u8> {
        text.bytes()
    }
}

/// The source of [`par_lines`](ParallelString::par_lines) and others.
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct Text<'a, P> {
    rest: &'a str,
    split: PhantomData<P>,
}

impl<'a, P: Split> Text<'a, P> {
    fn new(rest: &'a str) -> Self {
        Self { rest, split: PhantomData }
    }

    fn next(&mut self, least: usize) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let end = if least >= self.rest.len() { self.rest.len() } else { P::end(self.rest, least) };
        let (piece, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(piece)
    }
}

impl<'a, P: Split> Source for Text<'a, P> {
    type Kind = P::Kind;
    type Env<'x> = ();
    type Arg<'x, Of> = Of;
    type Piece = &'a str;
    type Single = &'a str;
    type Named = crate::remote::Nameless;

    const IS_EXACT: bool = false;

    fn poll_single(&mut self, _: &mut Context<'_>) -> Poll<Option<&'a str>> {
        Poll::Ready(self.next(1))
    }

    fn poll_piece(&mut self, most: usize, _: &mut Context<'_>) -> NextPiece<Self> {
        Poll::Ready(self.next(most).map(|piece| (piece, piece.len())))
    }

    fn left(&self) -> Option<usize> {
        Some(self.rest.len())
    }

    fn bytes_of_item(&self) -> usize {
        1
    }

    fn items<'x>(piece: Lent<'x, &'a str>) -> ((), impl Iterator<Item = ItemOf<'x, Self>>) {
        ((), P::split(piece))
    }

    fn single<'x>(piece: Lent<'x, &'a str>) -> ((), impl Iterator<Item = ItemOf<'x, Self>>) {
        ((), P::split(piece))
    }

    fn arg<'x, Of>((): Self::Env<'x>, item: Of) -> Self::Arg<'x, Of> {
        item
    }
}
