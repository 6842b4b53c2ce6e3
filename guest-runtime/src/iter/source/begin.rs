//! How a chain begins: `par_iter`, `into_par_iter` and `par_iter_mut`.

use super::super::par::Par;
use super::iterable::Iterable;
use super::traits::IntoSource;

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
    /// What is a source if its items are messages.
    #[doc(hidden)]
    type Items;

    /// Returns the items as a parallel iterator.
    fn into_par_iter(self) -> Begun<Self::Items>
    where
        Self::Items: IntoSource;
}

/// The parallel iterator that a chain begins with.
type Begun<I> = Par<<I as IntoSource>::Source>;

impl<I: Iterable> IntoParallelIterator for I {
    type Items = I;

    fn into_par_iter(self) -> Begun<I>
    where
        I: IntoSource,
    {
        self.into_par()
    }
}

impl<T, const N: usize> IntoParallelIterator for [T; N] {
    type Items = Vec<T>;

    fn into_par_iter(self) -> Begun<Vec<T>>
    where
        Vec<T>: IntoSource,
    {
        Vec::from(self).into_par()
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
    /// What is a source if its items are messages.
    #[doc(hidden)]
    type Items;

    /// Returns borrows of the items as a parallel iterator.
    fn par_iter(&'a self) -> Begun<Self::Items>
    where
        Self::Items: IntoSource;
}

impl<'a, C: ?Sized + 'a> IntoParallelRefIterator<'a> for C
where
    &'a C: Iterable,
{
    type Items = &'a C;

    fn par_iter(&'a self) -> Begun<Self::Items>
    where
        &'a C: IntoSource,
    {
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
    /// What is a source if its items are messages.
    #[doc(hidden)]
    type Items;

    /// Returns mutable borrows of the items as a parallel iterator; their new values arrive with each job.
    fn par_iter_mut(&'a mut self) -> Begun<Self::Items>
    where
        Self::Items: IntoSource;
}

impl<'a, C: ?Sized + 'a> IntoParallelRefMutIterator<'a> for C
where
    &'a mut C: Iterable,
{
    type Items = &'a mut C;

    fn par_iter_mut(&'a mut self) -> Begun<Self::Items>
    where
        &'a mut C: IntoSource,
    {
        self.into_par()
    }
}
