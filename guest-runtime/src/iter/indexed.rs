//! The methods of chains that know the number of each item.

mod enumerate;
mod groups;
mod rev;
mod step_by;
mod zip;

pub(super) use enumerate::Enumerate;
use groups::Groups;
use rev::Rev;
use step_by::StepBy;
use zip::Zip;

use super::par::Par;
use super::source::{Indexed, IntoSource};

impl<S> Par<S> {
    /// Yields pairs of the number of each item, from 0, and the item.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let numbers = [2.0_f64, 7.0, 5.0];
    ///     let largest = numbers.par_iter().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b)).await;
    ///     assert_eq!(largest, Some((1, 7.0)));
    /// });
    /// ```
    pub fn enumerate(self) -> Par<Enumerate<S>>
    where
        S: Indexed,
    {
        self.with_source(Enumerate::new)
    }

    /// Yields pairs of the items of two parallel iterators, as many as the shorter has.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let (a, b) = ([1.0_f64, 2.0], [3.0, 4.0]);
    ///     assert_eq!(a.par_iter().zip(&b).map(|(x, y)| x * y).sum::<f64>().await, 11.0);
    /// });
    /// ```
    pub fn zip<I>(self, other: I) -> Par<Zip<S, I::Source>>
    where
        S: Indexed,
        I: IntoSource<Source: Indexed>,
    {
        self.with_source(|source| Zip::new(source, other.into_par().into_parts().0))
    }

    /// Is like [`zip`](Self::zip), but panics unless both have equally many items.
    ///
    /// # Panics
    ///
    /// If they have not.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut sums = [0_u32; 2];
    ///     sums.par_iter_mut().zip_eq(&[3_u32, 4]).for_each(|(sum, n)| *sum += n).await;
    ///     assert_eq!(sums, [3, 4]);
    /// });
    /// ```
    #[track_caller]
    pub fn zip_eq<I>(self, other: I) -> Par<Zip<S, I::Source>>
    where
        S: Indexed,
        I: IntoSource<Source: Indexed>,
    {
        let (other, _) = other.into_par().into_parts();
        let (ours, theirs) = (self.source().count_left(), other.count_left());
        assert!(ours == theirs, "the parallel iterators have {ours} and {theirs} items");
        self.with_source(|source| Zip::new(source, other))
    }

    /// Yields the items from the last to the first.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!((0..4).into_par_iter().rev().collect::<Vec<_>>().await, [3, 2, 1, 0]);
    /// });
    /// ```
    pub fn rev(self) -> Par<Rev<S>>
    where
        S: Indexed,
    {
        self.with_source(Rev::new)
    }

    /// Yields the first `n` items.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!((0..9).into_par_iter().take(3).collect::<Vec<_>>().await, [0, 1, 2]);
    /// });
    /// ```
    pub fn take(self, n: usize) -> Self
    where
        S: Indexed,
    {
        self.with_source(|mut source| {
            let _rest = source.split_off(n);
            source
        })
    }

    /// Yields the items after the first `n`.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!((0..9).into_par_iter().skip(6).collect::<Vec<_>>().await, [6, 7, 8]);
    /// });
    /// ```
    pub fn skip(self, n: usize) -> Self
    where
        S: Indexed,
    {
        self.with_source(|mut source| source.split_off(n))
    }

    /// Yields the first item and every `step`th after it.
    ///
    /// # Panics
    ///
    /// If `step` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!((0..9).into_par_iter().step_by(4).collect::<Vec<_>>().await, [0, 4, 8]);
    /// });
    /// ```
    #[track_caller]
    pub fn step_by(self, step: usize) -> Par<StepBy<S>>
    where
        S: Indexed,
    {
        assert!(step > 0, "a step has to have at least one item");
        self.with_source(|source| StepBy::new(source, step))
    }

    /// Yields vectors of `size` items each; the last may be shorter.
    ///
    /// # Panics
    ///
    /// If `size` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let sums = (0..5_u32).into_par_iter().chunks(2).map(|pair| pair.iter().sum::<u32>());
    ///     assert_eq!(sums.collect::<Vec<_>>().await, [1, 5, 4]);
    /// });
    /// ```
    #[track_caller]
    pub fn chunks(self, size: usize) -> Par<Groups<S>>
    where
        S: Indexed,
    {
        assert!(size > 0, "chunks have to have at least one item");
        self.with_source(|source| Groups::new(source, size))
    }
}
