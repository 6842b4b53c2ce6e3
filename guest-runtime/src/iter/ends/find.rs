//! `find_any`, `position_first`, `any` and others: searches for an item.

use std::panic::Location;

use super::super::adapter::adapter;
use super::super::closure::{Captureless, captures_nothing};
use super::super::for_all::ForAll;
use super::super::indexed::Enumerate;
use super::super::kind::Returned;
use super::super::par::Par;
use super::super::plan::Cut;
use super::super::source::{ArgOf, Indexed, ItemOf, Source};
use super::collect::OwnedOf;
use super::query::{Any, First, Last, Query, Search};
use crate::Message;

adapter! {
    Find<F>(function: F)
}
adapter! {
    FindMap<F, R>(function: F)
}
adapter! {
    Position<F>(function: F)
}
adapter! {
    Is<F>(function: F)
}
adapter! {
    IsNot<F>(function: F)
}

impl<S> Par<S> {
    /// Returns any item for which a function returns `true`. All other jobs are cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let divisor = (2..14_u32).into_par_iter().find_any(|n| 91 % n == 0).await;
    ///     assert!(divisor == Some(7) || divisor == Some(13));
    /// });
    /// ```
    #[track_caller]
    pub fn find_any<'a, F>(self, function: F) -> ForAll<'a, Option<OwnedOf<S>>>
    where
        S: Source<Kind: Returned> + 'a,
        F: for<'x, 'y> Fn(S::Arg<'x, &'y ItemOf<'x, S>>) -> bool + Captureless,
    {
        const { captures_nothing::<F>() };
        self.end(Search(Find::new(function), Any), Cut::Anywhere, Location::caller())
    }

    /// Returns the first item for which a function returns `true`. Jobs with later items are cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!((2..99_u32).into_par_iter().find_first(|n| 91 % n == 0).await, Some(7));
    /// });
    /// ```
    #[track_caller]
    pub fn find_first<'a, F>(self, function: F) -> ForAll<'a, Option<OwnedOf<S>>>
    where
        S: Source<Kind: Returned> + 'a,
        F: for<'x, 'y> Fn(S::Arg<'x, &'y ItemOf<'x, S>>) -> bool + Captureless,
    {
        const { captures_nothing::<F>() };
        self.end(Search(Find::new(function), First), Cut::Anywhere, Location::caller())
    }

    /// Returns the last item for which a function returns `true`.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!((2..90_u32).into_par_iter().find_last(|n| 91 % n == 0).await, Some(13));
    /// });
    /// ```
    #[track_caller]
    pub fn find_last<'a, F>(self, function: F) -> ForAll<'a, Option<OwnedOf<S>>>
    where
        S: Source<Kind: Returned> + 'a,
        F: for<'x, 'y> Fn(S::Arg<'x, &'y ItemOf<'x, S>>) -> bool + Captureless,
    {
        const { captures_nothing::<F>() };
        self.end(Search(Find::new(function), Last), Cut::Anywhere, Location::caller())
    }

    /// Returns any value that a function returns in a `Some`.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!(["x", "7"].map(String::from).par_iter().find_map_any(|w| w.parse().ok()).await, Some(7));
    /// });
    /// ```
    #[track_caller]
    pub fn find_map_any<'a, F, R>(self, function: F) -> ForAll<'a, Option<R>>
    where
        S: Source + 'a,
        F: for<'x> Fn(ArgOf<'x, S>) -> Option<R> + Captureless,
        R: Message,
    {
        const { captures_nothing::<F>() };
        self.end(Search(FindMap::new(function), Any), Cut::Anywhere, Location::caller())
    }

    /// Returns the first value that a function returns in a `Some`.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let words = ["x", "7", "8"].map(String::from);
    ///     assert_eq!(words.par_iter().find_map_first(|w| w.parse().ok()).await, Some(7));
    /// });
    /// ```
    #[track_caller]
    pub fn find_map_first<'a, F, R>(self, function: F) -> ForAll<'a, Option<R>>
    where
        S: Source + 'a,
        F: for<'x> Fn(ArgOf<'x, S>) -> Option<R> + Captureless,
        R: Message,
    {
        const { captures_nothing::<F>() };
        self.end(Search(FindMap::new(function), First), Cut::Anywhere, Location::caller())
    }

    /// Returns the last value that a function returns in a `Some`.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let words = ["x", "7", "8"].map(String::from);
    ///     assert_eq!(words.par_iter().find_map_last(|w| w.parse().ok()).await, Some(8));
    /// });
    /// ```
    #[track_caller]
    pub fn find_map_last<'a, F, R>(self, function: F) -> ForAll<'a, Option<R>>
    where
        S: Source + 'a,
        F: for<'x> Fn(ArgOf<'x, S>) -> Option<R> + Captureless,
        R: Message,
    {
        const { captures_nothing::<F>() };
        self.end(Search(FindMap::new(function), Last), Cut::Anywhere, Location::caller())
    }

    /// Returns the position of any item for which a function returns `true`.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!([3_u8, 7, 5].par_iter().position_any(|&n| n == 7).await, Some(1));
    /// });
    /// ```
    #[track_caller]
    pub fn position_any<'a, F>(self, function: F) -> ForAll<'a, Option<usize>>
    where
        S: Indexed + 'a,
        F: for<'x> Fn(ArgOf<'x, S>) -> bool + Captureless,
    {
        const { captures_nothing::<F>() };
        self.enumerate().end(Search(Position::new(function), Any), Cut::Anywhere, Location::caller())
    }

    /// Returns the position of the first item for which a function returns `true`.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!([3_u8, 7, 5].par_iter().position_first(|&n| n == 7).await, Some(1));
    /// });
    /// ```
    #[track_caller]
    pub fn position_first<'a, F>(self, function: F) -> ForAll<'a, Option<usize>>
    where
        S: Indexed + 'a,
        F: for<'x> Fn(ArgOf<'x, S>) -> bool + Captureless,
    {
        const { captures_nothing::<F>() };
        self.enumerate().end(Search(Position::new(function), First), Cut::Anywhere, Location::caller())
    }

    /// Returns the position of the last item for which a function returns `true`.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!([3_u8, 7, 5].par_iter().position_last(|&n| n == 7).await, Some(1));
    /// });
    /// ```
    #[track_caller]
    pub fn position_last<'a, F>(self, function: F) -> ForAll<'a, Option<usize>>
    where
        S: Indexed + 'a,
        F: for<'x> Fn(ArgOf<'x, S>) -> bool + Captureless,
    {
        const { captures_nothing::<F>() };
        self.enumerate().end(Search(Position::new(function), Last), Cut::Anywhere, Location::caller())
    }

    /// Returns whether a function returns `true` for any item. One suffices: all other jobs are cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert!((0..9_u32).into_par_iter().any(|n| n == 7).await);
    /// });
    /// ```
    #[track_caller]
    pub fn any<'a, F>(self, function: F) -> ForAll<'a, bool>
    where
        S: Source + 'a,
        F: for<'x> Fn(ArgOf<'x, S>) -> bool + Captureless,
    {
        const { captures_nothing::<F>() };
        self.end(Search(Is::new(function), Any), Cut::Anywhere, Location::caller())
    }

    /// Returns whether a function returns `true` for all items.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert!((0..9_u32).into_par_iter().all(|n| n < 9).await);
    /// });
    /// ```
    #[track_caller]
    pub fn all<'a, F>(self, function: F) -> ForAll<'a, bool>
    where
        S: Source + 'a,
        F: for<'x> Fn(ArgOf<'x, S>) -> bool + Captureless,
    {
        const { captures_nothing::<F>() };
        self.end(Search(IsNot::new(function), Any), Cut::Anywhere, Location::caller())
    }
}

impl<S, F> Query<S> for Find<F>
where
    S: Source<Kind: Returned>,
    F: for<'x, 'y> Fn(S::Arg<'x, &'y ItemOf<'x, S>>) -> bool + Captureless,
{
    type Found = OwnedOf<S>;
    type Total = Option<OwnedOf<S>>;
    type Named = F;

    fn matches<'x>(
        self,
        env: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, S>>,
    ) -> impl Iterator<Item = OwnedOf<S>> {
        items.filter(move |item| self.0(S::arg(env, item))).map(S::Kind::owned)
    }

    fn total(self, found: Option<OwnedOf<S>>) -> Option<OwnedOf<S>> {
        found
    }
}

impl<S, F, R> Query<S> for FindMap<F, R>
where
    S: Source,
    F: for<'x> Fn(ArgOf<'x, S>) -> Option<R> + Captureless,
    R: Message,
{
    type Found = R;
    type Total = Option<R>;
    type Named = F;

    fn matches<'x>(
        self,
        env: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, S>>,
    ) -> impl Iterator<Item = R> {
        items.filter_map(move |item| self.0(S::arg(env, item)))
    }

    fn total(self, found: Option<R>) -> Option<R> {
        found
    }
}

impl<S, F> Query<Enumerate<S>> for Position<F>
where
    S: Indexed,
    F: for<'x> Fn(ArgOf<'x, S>) -> bool + Captureless,
{
    type Found = usize;
    type Total = Option<usize>;
    type Named = F;

    fn matches<'x>(
        self,
        env: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, Enumerate<S>>>,
    ) -> impl Iterator<Item = usize> {
        items.filter_map(move |(index, item)| self.0(S::arg(env, item)).then_some(index))
    }

    fn total(self, found: Option<usize>) -> Option<usize> {
        found
    }
}

impl<S, F> Query<S> for Is<F>
where
    S: Source,
    F: for<'x> Fn(ArgOf<'x, S>) -> bool + Captureless,
{
    type Found = ();
    type Total = bool;
    type Named = F;

    fn matches<'x>(
        self,
        env: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, S>>,
    ) -> impl Iterator<Item = ()> {
        items.filter_map(move |item| self.0(S::arg(env, item)).then_some(()))
    }

    fn total(self, found: Option<()>) -> bool {
        found.is_some()
    }
}

impl<S, F> Query<S> for IsNot<F>
where
    S: Source,
    F: for<'x> Fn(ArgOf<'x, S>) -> bool + Captureless,
{
    type Found = ();
    type Total = bool;
    type Named = F;

    fn matches<'x>(
        self,
        env: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, S>>,
    ) -> impl Iterator<Item = ()> {
        items.filter_map(move |item| (!self.0(S::arg(env, item))).then_some(()))
    }

    fn total(self, found: Option<()>) -> bool {
        found.is_none()
    }
}
