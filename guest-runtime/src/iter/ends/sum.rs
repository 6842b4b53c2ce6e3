//! `sum`, `product` and `count`.

use std::iter;
use std::panic::Location;

use super::super::adapter::adapter;
use super::super::for_all::ForAll;
use super::super::par::Par;
use super::super::plan::Cut;
use super::super::source::{ItemOf, Source};
use super::combine::{Combine, Combined};
use crate::{Message, flat};

adapter! {
    Sum<T>()
}
adapter! {
    Product<T>()
}

#[derive(Debug, Clone, Copy)]
struct Count;

impl<S> Par<S> {
    /// Adds all items.
    ///
    /// A sum of floats is the same on any number of cores, though not always that of a loop.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!((1..=100_u64).into_par_iter().sum::<u64>().await, 5050);
    ///     assert_eq!([0.5_f32, 0.25].par_iter().sum::<f32>().await, 0.75);
    /// });
    /// ```
    #[track_caller]
    pub fn sum<'a, T>(self) -> ForAll<'a, T>
    where
        S: Source + 'a,
        T: Message + iter::Sum<T> + for<'x> iter::Sum<ItemOf<'x, S>>,
    {
        self.end(Combined(Sum::<T>::new()), cut_of::<T>(), Location::caller())
    }

    /// Multiplies all items.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!((1..=5_u64).into_par_iter().product::<u64>().await, 120);
    /// });
    /// ```
    #[track_caller]
    pub fn product<'a, T>(self) -> ForAll<'a, T>
    where
        S: Source + 'a,
        T: Message + iter::Product<T> + for<'x> iter::Product<ItemOf<'x, S>>,
    {
        self.end(Combined(Product::<T>::new()), cut_of::<T>(), Location::caller())
    }

    /// Counts the items.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!("a few words".par_split(' ').count().await, 3);
    /// });
    /// ```
    #[track_caller]
    pub fn count<'a>(self) -> ForAll<'a, usize>
    where
        S: Source + 'a,
    {
        self.end(Combined(Count), Cut::Anywhere, Location::caller())
    }
}

/// Returns where pieces may end: anywhere, if the order of integers does not matter.
fn cut_of<T: 'static>() -> Cut {
    let is_float = flat::is::<T, f32>() || flat::is::<T, f64>();
    if flat::is_number::<T>() && !is_float { Cut::Anywhere } else { Cut::Fixed }
}

impl<S, T> Combine<S> for Sum<T>
where
    S: Source,
    T: Message + iter::Sum<T> + for<'x> iter::Sum<ItemOf<'x, S>>,
{
    type Value = T;
    type Total = T;
    type Named = S::Named;

    fn combine<'x>(self, _: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) -> Option<T> {
        Some(items.sum())
    }

    fn join(self, left: T, right: T) -> T {
        [left, right].into_iter().sum()
    }

    fn total(self, value: Option<T>) -> T {
        value.unwrap_or_else(|| iter::empty::<T>().sum())
    }
}

impl<S, T> Combine<S> for Product<T>
where
    S: Source,
    T: Message + iter::Product<T> + for<'x> iter::Product<ItemOf<'x, S>>,
{
    type Value = T;
    type Total = T;
    type Named = S::Named;

    fn combine<'x>(self, _: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) -> Option<T> {
        Some(items.product())
    }

    fn join(self, left: T, right: T) -> T {
        [left, right].into_iter().product()
    }

    fn total(self, value: Option<T>) -> T {
        value.unwrap_or_else(|| iter::empty::<T>().product())
    }
}

impl<S: Source> Combine<S> for Count {
    type Value = u64;
    type Total = usize;
    type Named = S::Named;

    fn combine<'x>(self, _: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) -> Option<u64> {
        Some(items.count() as u64)
    }

    fn join(self, left: u64, right: u64) -> u64 {
        left + right
    }

    fn total(self, value: Option<u64>) -> usize {
        usize::try_from(value.unwrap_or(0)).expect("items were counted by a `usize` in each job")
    }
}
