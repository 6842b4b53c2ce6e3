//! The traits of a source of items.

use std::task::{Context, Poll};

use crate::remote::{Argument, Transfer};

/// What a job is lent of an argument that holds items.
pub(crate) type Lent<'x, A> = <A as Transfer>::Lent<'x>;

/// A source of items, which are taken from the front.
///
/// Its methods are not a part of the API. [`IntoSource`] lists its implementations.
#[expect(unnameable_types, reason = "`IntoSource` lists its implementations")]
pub trait Source {
    /// What the function gets for each item.
    type Item<'x>;

    /// Several items as an argument.
    type Piece: Argument;

    /// A single item as an argument.
    type Single: Argument;

    /// Takes the next item.
    fn poll_single(&mut self, context: &mut Context<'_>) -> Poll<Option<Self::Single>>;

    /// Takes the next items, between one and `most`, and returns how many there are.
    fn poll_piece(&mut self, most: usize, context: &mut Context<'_>) -> Poll<Option<(Self::Piece, usize)>>;

    /// Returns how many items are left, if that is known.
    fn left(&self) -> Option<usize>;

    /// Returns the size of an item, as far as its type says.
    fn bytes_of_item(&self) -> usize;

    /// Returns the items of a piece, in the job.
    fn items<'x>(piece: Lent<'x, Self::Piece>) -> impl Iterator<Item = Self::Item<'x>>;

    /// Returns the item of a single, in the job.
    fn item<'x>(single: Lent<'x, Self::Single>) -> Self::Item<'x>;
}

/// A type whose items can be processed in parallel, with the methods of
/// [`ParallelIterator`](crate::iter::ParallelIterator).
///
/// | Type | Item | What is sent |
/// | --- | --- | --- |
/// | `&[T]`, `&Vec<T>`, `&[T; N]` | `&T` | the items, encoded in place |
/// | `&mut [T]`, `&mut Vec<T>`, `&mut [T; N]` | `&mut T` | the items, and their new values |
/// | `Vec<T>` | `T` | the items |
/// | `Range`, `RangeInclusive` of integers | an integer | the two ends |
/// | [`par_chunks`](crate::iter::ParallelSlice::par_chunks) | `&[T]` | the items, encoded in place |
/// | [`par_chunks_mut`](crate::iter::ParallelSliceMut::par_chunks_mut) | `&mut [T]` | the items, and their new values |
/// | [`par_bridge`](crate::iter::Bridge::par_bridge) of an iterator, [or of a stream](crate::iter::BridgeStream::par_bridge) | its item | the items |
/// | [`lending`](crate::iter::ParallelIterator::lending) | `(&C, item)` | the same, and the lent value |
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let words = ["one", "two", "three"].map(String::from);
///     assert_eq!(words.par_map(async |word| word.len()).await, [3, 3, 5]);
///     assert_eq!((1..=3).par_map(async |n| n * n).await, [1, 4, 9]);
/// });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be worked on in parallel as it is",
    label = "is no source of items",
    note = "slices, `Vec` and ranges can, where the items are messages; for an iterator or a stream there is `.par_bridge()`"
)]
pub trait IntoSource {
    /// The source.
    #[doc(hidden)]
    type Source: Source;

    #[doc(hidden)]
    fn into_source(self) -> Self::Source;
}

#[diagnostic::do_not_recommend]
impl<S: Source> IntoSource for S {
    type Source = S;

    fn into_source(self) -> S {
        self
    }
}
