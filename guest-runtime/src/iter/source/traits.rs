//! What a source of items is.

use std::task::{Context, Poll};

use crate::remote::{Argument, Transfer};

/// What the function of a job gets of the items that go along.
pub(crate) type Lent<'x, A> = <A as Transfer>::Lent<'x>;

/// What can be worked on in parallel: it gives out its items from the front.
///
/// Its methods are how this crate does that, and not for anybody else; what it is implemented for is
/// said of [`IntoSource`].
#[expect(unnameable_types, reason = "what it is implemented for is said of `IntoSource`")]
pub trait Source {
    /// What the function gets for each item, on either side.
    type Item<'x>;

    /// Several items on their way.
    type Piece: Argument;

    /// A single one, which goes as it is.
    type Single: Argument;

    /// The next item.
    fn poll_single(&mut self, context: &mut Context<'_>) -> Poll<Option<Self::Single>>;

    /// The next items: one at least, and no more than `most`. Also returns how many.
    fn poll_piece(&mut self, most: usize, context: &mut Context<'_>) -> Poll<Option<(Self::Piece, usize)>>;

    /// How many are left, if that is known.
    fn left(&self) -> Option<usize>;

    /// How many bytes of an item cross, as far as its type tells.
    fn bytes_of_item(&self) -> usize;

    /// The items of a piece, where its job runs.
    fn items<'x>(piece: Lent<'x, Self::Piece>) -> impl Iterator<Item = Self::Item<'x>>;

    /// The item that goes alone, where its job runs.
    fn item<'x>(single: Lent<'x, Self::Single>) -> Self::Item<'x>;
}

/// What can be worked on in parallel, item by item: the methods of
/// [`ParallelIterator`](super::ParallelIterator) are for all of these.
///
/// | of | an item is | what crosses |
/// | --- | --- | --- |
/// | `&[T]`, `&Vec<T>`, `&[T; N]` | `&T` | the items, from where they lie |
/// | `&mut [T]`, `&mut Vec<T>`, `&mut [T; N]` | `&mut T` | the items, and their new values |
/// | `Vec<T>` | `T` | the items |
/// | `Range`, `RangeInclusive` of integers | an integer | the two ends |
/// | [`par_chunks`](ParallelSlice::par_chunks) | `&[T]` | the items, from where they lie |
/// | [`par_chunks_mut`](ParallelSliceMut::par_chunks_mut) | `&mut [T]` | the items, and their new values |
/// | [`par_bridge`](Bridge::par_bridge) of an iterator, [or of a stream](BridgeStream::par_bridge) | what it gives | the items |
/// | [`lending`](super::ParallelIterator::lending) | `(&C, item)` | the same, and what is lent |
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
    /// What gives the items out.
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
