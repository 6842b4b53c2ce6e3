//! How a chain begins: `par_iter`, `into_par_iter` and `par_iter_mut`.

use std::vec;

use super::super::par::Par;
use super::traits::{IntoSource, Source};
use crate::Message;

/// Makes a parallel iterator of a value, which is moved.
///
/// Everything that is an [`IntoSource`] has this, and arrays.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     assert_eq!((1..=4_u64).into_par_iter().product::<u64>().await, 24);
///     assert_eq!([3_u8, 5].into_par_iter().max().await, Some(5));
/// });
/// ```
pub trait IntoParallelIterator {
    /// The source of the items.
    #[doc(hidden)]
    type Items: Source;

    /// Returns the items as a parallel iterator.
    fn into_par_iter(self) -> Par<Self::Items>;
}

impl<I: IntoSource> IntoParallelIterator for I {
    type Items = I::Source;

    fn into_par_iter(self) -> Par<I::Source> {
        self.into_par()
    }
}

impl<T: Message, const N: usize> IntoParallelIterator for [T; N] {
    type Items = vec::IntoIter<T>;

    fn into_par_iter(self) -> Par<vec::IntoIter<T>> {
        Par::new(Vec::from(self).into_iter())
    }
}

/// Makes a parallel iterator of a borrow.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let words = vec!["a".to_string(), "bc".to_string()];
///     assert_eq!(words.par_iter().map(|word| word.len()).sum::<usize>().await, 3);
/// });
/// ```
pub trait IntoParallelRefIterator<'a> {
    /// The source of the items.
    #[doc(hidden)]
    type Items: Source;

    /// Returns borrows of the items as a parallel iterator.
    fn par_iter(&'a self) -> Par<Self::Items>;
}

impl<'a, C: ?Sized + 'a> IntoParallelRefIterator<'a> for C
where
    &'a C: IntoSource,
{
    type Items = <&'a C as IntoSource>::Source;

    fn par_iter(&'a self) -> Par<Self::Items> {
        self.into_par()
    }
}

/// Makes a parallel iterator of a mutable borrow.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let mut numbers = vec![1, 2];
///     numbers.par_iter_mut().for_each(|n| *n *= 10).await;
///     assert_eq!(numbers, [10, 20]);
/// });
/// ```
pub trait IntoParallelRefMutIterator<'a> {
    /// The source of the items.
    #[doc(hidden)]
    type Items: Source;

    /// Returns mutable borrows of the items as a parallel iterator; their new values arrive with each job.
    fn par_iter_mut(&'a mut self) -> Par<Self::Items>;
}

impl<'a, C: ?Sized + 'a> IntoParallelRefMutIterator<'a> for C
where
    &'a mut C: IntoSource,
{
    type Items = <&'a mut C as IntoSource>::Source;

    fn par_iter_mut(&'a mut self) -> Par<Self::Items> {
        self.into_par()
    }
}
