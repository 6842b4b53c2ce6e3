//! `min` and `max`, and the same by a comparison or a key.

use std::cmp::Ordering;
use std::marker::PhantomData;
use std::panic::Location;

use super::super::closure::{Captureless, captures_nothing};
use super::super::for_all::ForAll;
use super::super::kind::Returned;
use super::super::par::Par;
use super::super::plan::Cut;
use super::super::source::{ItemOf, Source};
use super::collect::OwnedOf;
use super::combine::{Combine, Combined};
use crate::Message;

/// The end of `max_by` and `min_by`.
#[derive(Clone, Copy)]
struct By<F, D>(F, D);

/// The end of `max_by_key` and `min_by_key`.
struct ByKey<F, K, D>(F, D, PhantomData<fn() -> K>);

/// The end of `max` and `min`.
#[derive(Clone, Copy)]
struct Natural<D>(D);

impl<F: Copy, K, D: Copy> Copy for ByKey<F, K, D> {}

impl<F: Copy, K, D: Copy> Clone for ByKey<F, K, D> {
    fn clone(&self) -> Self {
        *self
    }
}

/// Which of two items is kept.
trait Side: Copy + 'static {
    /// Returns whether the second is kept: of equal ones the last is the maximum, and the first the minimum.
    fn keeps_second(ordering: Ordering) -> bool;
}

#[derive(Clone, Copy)]
struct Max;

#[derive(Clone, Copy)]
struct Min;

impl Side for Max {
    fn keeps_second(ordering: Ordering) -> bool {
        ordering != Ordering::Greater
    }
}

impl Side for Min {
    fn keeps_second(ordering: Ordering) -> bool {
        ordering == Ordering::Greater
    }
}

impl<S> Par<S> {
    /// Returns the largest item; the last of equal ones, and `None` if there are none.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!([5_u32, 9, 7].par_iter().max().await, Some(9));
    /// });
    /// ```
    #[track_caller]
    pub fn max<'a>(self) -> ForAll<'a, Option<OwnedOf<S>>>
    where
        S: Source<Kind: Returned> + 'a,
        OwnedOf<S>: Ord,
        for<'x> ItemOf<'x, S>: Ord,
    {
        self.end(Combined(Natural(Max)), Cut::Anywhere, Location::caller())
    }

    /// Returns the largest item by a comparison; the last of equal ones, and `None` if there are none.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let numbers = [5.0_f64, 9.0, 7.0];
    ///     assert_eq!(numbers.par_iter().max_by(|a, b| a.total_cmp(b)).await, Some(9.0));
    /// });
    /// ```
    #[track_caller]
    pub fn max_by<'a, F>(self, compare: F) -> ForAll<'a, Option<OwnedOf<S>>>
    where
        S: Source<Kind: Returned> + 'a,
        F: for<'x, 'y> Fn(&'y ItemOf<'x, S>, &'y ItemOf<'x, S>) -> Ordering + Captureless,
    {
        const { captures_nothing::<F>() };
        self.end(Combined(By(compare, Max)), Cut::Fixed, Location::caller())
    }

    /// Returns the item with the largest key; the last of equal ones, and `None` if there are none.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let numbers = [5_i32, -9, 7];
    ///     assert_eq!(numbers.par_iter().max_by_key(|n| n.abs()).await, Some(-9));
    /// });
    /// ```
    #[track_caller]
    pub fn max_by_key<'a, F, K>(self, key: F) -> ForAll<'a, Option<OwnedOf<S>>>
    where
        S: Source<Kind: Returned> + 'a,
        F: for<'x, 'y> Fn(S::Arg<'x, &'y ItemOf<'x, S>>) -> K + Captureless,
        K: Ord + Message,
    {
        const { captures_nothing::<F>() };
        self.end(Combined(ByKey(key, Max, PhantomData)), Cut::Anywhere, Location::caller())
    }

    /// Returns the smallest item; the first of equal ones, and `None` if there are none.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!([5_u32, 9, 7].par_iter().min().await, Some(5));
    /// });
    /// ```
    #[track_caller]
    pub fn min<'a>(self) -> ForAll<'a, Option<OwnedOf<S>>>
    where
        S: Source<Kind: Returned> + 'a,
        OwnedOf<S>: Ord,
        for<'x> ItemOf<'x, S>: Ord,
    {
        self.end(Combined(Natural(Min)), Cut::Anywhere, Location::caller())
    }

    /// Returns the smallest item by a comparison; the first of equal ones, and `None` if there are none.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let numbers = [5.0_f64, 9.0, 7.0];
    ///     assert_eq!(numbers.par_iter().min_by(|a, b| a.total_cmp(b)).await, Some(5.0));
    /// });
    /// ```
    #[track_caller]
    pub fn min_by<'a, F>(self, compare: F) -> ForAll<'a, Option<OwnedOf<S>>>
    where
        S: Source<Kind: Returned> + 'a,
        F: for<'x, 'y> Fn(&'y ItemOf<'x, S>, &'y ItemOf<'x, S>) -> Ordering + Captureless,
    {
        const { captures_nothing::<F>() };
        self.end(Combined(By(compare, Min)), Cut::Fixed, Location::caller())
    }

    /// Returns the item with the smallest key; the first of equal ones, and `None` if there are none.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let numbers = [5_i32, -9, 7];
    ///     assert_eq!(numbers.par_iter().min_by_key(|n| n.abs()).await, Some(5));
    /// });
    /// ```
    #[track_caller]
    pub fn min_by_key<'a, F, K>(self, key: F) -> ForAll<'a, Option<OwnedOf<S>>>
    where
        S: Source<Kind: Returned> + 'a,
        F: for<'x, 'y> Fn(S::Arg<'x, &'y ItemOf<'x, S>>) -> K + Captureless,
        K: Ord + Message,
    {
        const { captures_nothing::<F>() };
        self.end(Combined(ByKey(key, Min, PhantomData)), Cut::Anywhere, Location::caller())
    }
}

/// Keeps one of two.
fn kept<D: Side, T>(first: T, second: T, ordering: Ordering) -> T {
    if D::keeps_second(ordering) { second } else { first }
}

impl<S, D> Combine<S> for Natural<D>
where
    S: Source<Kind: Returned<Owned: Ord>>,
    D: Side,
    for<'x> ItemOf<'x, S>: Ord,
{
    type Value = OwnedOf<S>;
    type Total = Option<OwnedOf<S>>;
    type Named = S::Named;

    fn combine<'x>(self, _: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) -> Option<OwnedOf<S>> {
        let best = items.reduce(|a, b| {
            let ordering = a.cmp(&b);
            kept::<D, _>(a, b, ordering)
        });
        best.map(S::Kind::owned)
    }

    fn join(self, left: OwnedOf<S>, right: OwnedOf<S>) -> OwnedOf<S> {
        let ordering = left.cmp(&right);
        kept::<D, _>(left, right, ordering)
    }

    fn total(self, value: Option<OwnedOf<S>>) -> Option<OwnedOf<S>> {
        value
    }
}

impl<S, F, D> Combine<S> for By<F, D>
where
    S: Source<Kind: Returned>,
    F: for<'x, 'y> Fn(&'y ItemOf<'x, S>, &'y ItemOf<'x, S>) -> Ordering + Captureless,
    D: Side,
{
    type Value = OwnedOf<S>;
    type Total = Option<OwnedOf<S>>;
    type Named = F;

    fn combine<'x>(self, _: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) -> Option<OwnedOf<S>> {
        let best = items.reduce(|a, b| {
            let ordering = self.0(&a, &b);
            kept::<D, _>(a, b, ordering)
        });
        best.map(S::Kind::owned)
    }

    fn join(self, left: OwnedOf<S>, right: OwnedOf<S>) -> OwnedOf<S> {
        let (mut left, mut right) = (S::Kind::slot(left), S::Kind::slot(right));
        let (left, right) = (S::Kind::item(&mut left), S::Kind::item(&mut right));
        let ordering = self.0(&left, &right);
        S::Kind::owned(kept::<D, _>(left, right, ordering))
    }

    fn total(self, value: Option<OwnedOf<S>>) -> Option<OwnedOf<S>> {
        value
    }
}

impl<S, F, K, D> Combine<S> for ByKey<F, K, D>
where
    S: Source<Kind: Returned>,
    F: for<'x, 'y> Fn(S::Arg<'x, &'y ItemOf<'x, S>>) -> K + Captureless,
    K: Ord + Message,
    D: Side,
{
    /// The key is sent along, because the caller would need what is lent to compute it.
    type Value = (K, OwnedOf<S>);
    type Total = Option<OwnedOf<S>>;
    type Named = F;

    fn combine<'x>(self, env: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) -> Option<Self::Value> {
        let keyed = items.map(|item| (self.0(S::arg(env, &item)), item));
        let best = keyed.reduce(|a, b| {
            let ordering = a.0.cmp(&b.0);
            kept::<D, _>(a, b, ordering)
        });
        best.map(|(key, item)| (key, S::Kind::owned(item)))
    }

    fn join(self, left: Self::Value, right: Self::Value) -> Self::Value {
        let ordering = left.0.cmp(&right.0);
        kept::<D, _>(left, right, ordering)
    }

    fn total(self, value: Option<Self::Value>) -> Option<OwnedOf<S>> {
        value.map(|(_, item)| item)
    }
}
