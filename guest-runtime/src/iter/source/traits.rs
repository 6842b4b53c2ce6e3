//! The traits of a source of items.

use std::task::{Context, Poll};

use super::super::kind::Kind;
use super::super::par::Par;
use crate::remote::{Argument, Transfer};

/// What a job is lent of an argument that holds items.
pub(crate) type Lent<'x, A> = <A as Transfer>::Lent<'x>;

/// What a source yields in a job.
pub(crate) type ItemOf<'x, S> = <<S as Source>::Kind as Kind>::Item<'x>;

/// What a closure gets for an item of a source.
pub(crate) type ArgOf<'x, S> = <S as Source>::Arg<'x, ItemOf<'x, S>>;

/// The next piece of a source, and how many items it has.
pub(crate) type NextPiece<S> = Poll<Option<(<S as Source>::Piece, usize)>>;

/// Attaches the compiler's text about a type that is no source to a trait.
macro_rules! unless_source {
    ($trait:item) => {
        #[diagnostic::on_unimplemented(
            message = "`{Self}` is no source of items that can be sent to other instances",
            label = "sends the items to other instances",
            note = "items are messages: owned values with `serde::Serialize` and `serde::Deserialize`, in every part; derive both \
                    for a type of your own",
            note = "sources are slices, `Vec`, collections of std and ranges of integers; an iterator or a stream has \
                    `.par_bridge()`, and a text has `.par_lines()`, `.par_chars()` and others"
        )]
        $trait
    };
}

unless_source! {
    /// A source of items, which are taken from the front. The jobs apply its adapters.
    ///
    /// Its methods are not a part of the API. [`IntoSource`] lists its implementations.
    #[expect(unnameable_types, reason = "only a part of a chain")]
    pub trait Source: Sized {
        /// What it yields.
        type Kind: Kind;

        /// What is lent to every closure besides its item.
        type Env<'x>: Copy;

        /// The argument of a closure: `I`, or a pair of the lent value and `I`.
        type Arg<'x, Of>;

        /// Several items as an argument.
        type Piece: Argument;

        /// A single item as an argument.
        type Single: Argument;

        /// The type that jobs are named after if their end has no function.
        type Named;

        /// Whether it yields exactly one item for each that is taken.
        const IS_EXACT: bool;

        /// Whether what it yields depends on where the pieces end.
        const HAS_FOLD: bool = false;

        /// Whether a piece has as many items as it may have, unless it is the last.
        const IS_FILLED: bool = true;

        /// Takes the next item.
        fn poll_single(&mut self, context: &mut Context<'_>) -> Poll<Option<Self::Single>>;

        /// Takes the next items, between one and `most`, and returns how many there are.
        fn poll_piece(&mut self, most: usize, context: &mut Context<'_>) -> NextPiece<Self>;

        /// Returns how many items are left, if that is known.
        fn left(&self) -> Option<usize>;

        /// Returns the size of an item, as far as its type says.
        fn bytes_of_item(&self) -> usize;

        /// Returns the items of a piece, in the job.
        fn items<'x>(piece: Lent<'x, Self::Piece>) -> (Self::Env<'x>, impl Iterator<Item = ItemOf<'x, Self>>);

        /// Returns a single item, in the job.
        fn single<'x>(single: Lent<'x, Self::Single>) -> (Self::Env<'x>, impl Iterator<Item = ItemOf<'x, Self>>);

        /// Returns the argument of a closure.
        fn arg<'x, Of>(env: Self::Env<'x>, item: Of) -> Self::Arg<'x, Of>;
    }
}

/// A source that yields one item for each that is taken, knows how many are left, and always has them ready.
#[expect(unnameable_types, reason = "only a part of a chain")]
#[diagnostic::on_unimplemented(
    message = "the items of this parallel iterator have no numbers",
    label = "needs the number of each item",
    note = "the items of slices, collections of std and ranges have numbers, also after `map`, `inspect` and others that \
            yield one item for each",
    note = "after `filter`, `flat_map` and others that yield fewer or more, after `par_bridge`, and for text they have none: \
            call `enumerate` or `zip` before those, or collect the items into a `Vec` first"
)]
pub trait Indexed: Source {
    /// Returns the items from this one on, and keeps those before.
    fn split_off(&mut self, at: usize) -> Self;

    /// Returns how many items are left.
    ///
    /// # Panics
    ///
    /// If there are more than a `usize` can count.
    fn count_left(&self) -> usize {
        self.left().expect("an indexed parallel iterator has at most `usize::MAX` items")
    }
}

unless_source! {
    /// A type whose items can be processed in parallel: `into_par_iter()` makes a [`Par`] of it.
    ///
    /// | Type | Item | What is sent |
    /// | --- | --- | --- |
    /// | `&[T]`, `&Vec<T>`, `&[T; N]` | `&T` | the items, encoded in place |
    /// | `&mut [T]`, `&mut Vec<T>`, `&mut [T; N]`, `&mut VecDeque<T>` | `&mut T` | the items, and their new values |
    /// | `Vec<T>`, `[T; N]`, `Option<T>`, collections of std | `T`, or `(K, V)` | the items |
    /// | borrows of `VecDeque`, `Option`, sets and maps | `&T`, or `(&K, &V)` | the items |
    /// | `Range`, `RangeInclusive` of integers | an integer | the two ends |
    /// | [`par_chunks`](crate::iter::ParallelSlice::par_chunks), [`par_windows`](crate::iter::ParallelSlice::par_windows) | `&[T]` | the items, encoded in place |
    /// | [`par_chunks_mut`](crate::iter::ParallelSliceMut::par_chunks_mut) | `&mut [T]` | the items, and their new values |
    /// | [`par_lines`](crate::iter::ParallelString::par_lines) and others of [text](crate::iter::ParallelString) | `&str` | the text |
    /// | [`par_bridge`](crate::iter::Bridge::par_bridge) of an iterator, [or of a stream](crate::iter::BridgeStream::par_bridge) | its item | the items |
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let words = ["one", "two", "three"].map(String::from);
    ///     assert_eq!(words.par_map(async |word| word.len()).await, [3, 3, 5]);
    ///     assert_eq!((1..=3_u32).into_par_iter().map(|n| n * n).sum::<u32>().await, 14);
    /// });
    /// ```
    pub trait IntoSource {
        /// The source.
        #[doc(hidden)]
        type Source: Source;

        #[doc(hidden)]
        fn into_par(self) -> Par<Self::Source>;
    }
}

#[diagnostic::do_not_recommend]
impl<S: Source> IntoSource for S {
    type Source = S;

    fn into_par(self) -> Par<S> {
        Par::new(self)
    }
}

impl<S: Source> IntoSource for Par<S> {
    type Source = S;

    fn into_par(self) -> Self {
        self
    }
}

/// Writes the parts of a source that lends nothing and yields one item for each.
macro_rules! plain_source {
    () => {
        type Env<'x> = ();
        type Arg<'x, Of> = Of;
        type Named = crate::remote::Nameless;

        const IS_EXACT: bool = true;

        fn arg<'x, Of>((): Self::Env<'x>, item: Of) -> Self::Arg<'x, Of> {
            item
        }
    };
}

pub(super) use plain_source;
