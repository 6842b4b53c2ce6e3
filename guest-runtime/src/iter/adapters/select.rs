//! Adapters that yield fewer or more items: `filter`, `flat_map` and others.

use super::super::adapter::{Adapter, Chain, adapter};
use super::super::closure::{Captureless, captures_nothing};
use super::super::indexed::Enumerate;
use super::super::kind::{Kind, Nested, Owned};
use super::super::par::Par;
use super::super::source::{ArgOf, Indexed, ItemOf, Source};

adapter! {
    /// The adapter of [`filter`](Par::filter).
    pub Filter<F>(function: F)
}
adapter! {
    /// The adapter of [`filter_map`](Par::filter_map).
    pub FilterMap<F, R>(function: F)
}
adapter! {
    /// The adapter of [`flat_map`](Par::flat_map).
    pub FlatMap<F, C>(function: F)
}
adapter! {
    /// The adapter of [`positions`](Par::positions).
    pub Positions<F>(function: F)
}

/// The adapter of [`flatten`](Par::flatten).
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug, Clone, Copy)]
pub struct Flatten;

impl<S> Par<S> {
    /// Keeps the items for which a function returns `true`.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let odd: Vec<u32> = (0..6_u32).into_par_iter().filter(|n| n % 2 == 1).collect().await;
    ///     assert_eq!(odd, [1, 3, 5]);
    /// });
    /// ```
    pub fn filter<F>(self, function: F) -> Par<Chain<S, Filter<F>>>
    where
        S: Source,
        F: for<'x, 'y> Fn(S::Arg<'x, &'y ItemOf<'x, S>>) -> bool + Captureless,
    {
        const { captures_nothing::<F>() };
        self.adapt(Filter::new(function))
    }

    /// Calls a function with each item, and keeps the values that it returns in a `Some`.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let words = ["1", "one", "2"].map(String::from);
    ///     let numbers = words.par_iter().filter_map(|word| word.parse::<u32>().ok());
    ///     assert_eq!(numbers.collect::<Vec<_>>().await, [1, 2]);
    /// });
    /// ```
    pub fn filter_map<F, R>(self, function: F) -> Par<Chain<S, FilterMap<F, R>>>
    where
        S: Source,
        F: for<'x> Fn(ArgOf<'x, S>) -> Option<R> + Captureless,
        R: 'static,
    {
        const { captures_nothing::<F>() };
        self.adapt(FilterMap::new(function))
    }

    /// Replaces each item by the items of the collection that a function returns. The collection must own them.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let numbers: Vec<u32> = (0..4_u32).into_par_iter().flat_map(|n| 0..n).collect().await;
    ///     assert_eq!(numbers, [0, 0, 1, 0, 1, 2]);
    /// });
    /// ```
    pub fn flat_map<F, C>(self, function: F) -> Par<Chain<S, FlatMap<F, C>>>
    where
        S: Source,
        F: for<'x> Fn(ArgOf<'x, S>) -> C + Captureless,
        C: IntoIterator<Item: 'static> + 'static,
    {
        const { captures_nothing::<F>() };
        self.adapt(FlatMap::new(function))
    }

    /// Is the same as [`flat_map`](Self::flat_map): the items of one item are always processed by one job.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let words = ["ab", "c"].map(String::from);
    ///     let letters = words.par_iter().flat_map_iter(|word| word.clone().into_bytes());
    ///     assert_eq!(letters.collect::<Vec<_>>().await, b"abc");
    /// });
    /// ```
    pub fn flat_map_iter<F, C>(self, function: F) -> Par<Chain<S, FlatMap<F, C>>>
    where
        S: Source,
        F: for<'x> Fn(ArgOf<'x, S>) -> C + Captureless,
        C: IntoIterator<Item: 'static> + 'static,
    {
        self.flat_map(function)
    }

    /// Replaces each item, which is a collection, by its items.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let rows = vec![vec![1_u32, 2], vec![], vec![3]];
    ///     assert_eq!(rows.par_iter().flatten().sum::<u32>().await, 6);
    /// });
    /// ```
    pub fn flatten(self) -> Par<Chain<S, Flatten>>
    where
        S: Source<Kind: Nested>,
    {
        self.adapt(Flatten)
    }

    /// Is the same as [`flatten`](Self::flatten).
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let rows = vec![vec![1_u32, 2], vec![3]];
    ///     assert_eq!(rows.into_par_iter().flatten_iter().collect::<Vec<_>>().await, [1, 2, 3]);
    /// });
    /// ```
    pub fn flatten_iter(self) -> Par<Chain<S, Flatten>>
    where
        S: Source<Kind: Nested>,
    {
        self.flatten()
    }

    /// Yields the positions of the items for which a function returns `true`.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let zeros: Vec<usize> = [0_u8, 7, 0].par_iter().positions(|&n| n == 0).collect().await;
    ///     assert_eq!(zeros, [0, 2]);
    /// });
    /// ```
    pub fn positions<F>(self, function: F) -> Par<Chain<Enumerate<S>, Positions<F>>>
    where
        S: Indexed,
        F: for<'x> Fn(ArgOf<'x, S>) -> bool + Captureless,
    {
        const { captures_nothing::<F>() };
        self.enumerate().adapt(Positions::new(function))
    }
}

impl<S, F> Adapter<S> for Filter<F>
where
    S: Source,
    F: for<'x, 'y> Fn(S::Arg<'x, &'y ItemOf<'x, S>>) -> bool + Captureless,
{
    type Kind = S::Kind;
    type Named = F;

    fn apply<'x>(
        self,
        env: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, S>>,
    ) -> impl Iterator<Item = ItemOf<'x, S>> {
        items.filter(move |item| self.0(S::arg(env, item)))
    }
}

impl<S, F, R> Adapter<S> for FilterMap<F, R>
where
    S: Source,
    F: for<'x> Fn(ArgOf<'x, S>) -> Option<R> + Captureless,
    R: 'static,
{
    type Kind = Owned<R>;
    type Named = F;

    fn apply<'x>(
        self,
        env: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, S>>,
    ) -> impl Iterator<Item = R> {
        items.filter_map(move |item| self.0(S::arg(env, item)))
    }
}

impl<S, F, C> Adapter<S> for FlatMap<F, C>
where
    S: Source,
    F: for<'x> Fn(ArgOf<'x, S>) -> C + Captureless,
    C: IntoIterator<Item: 'static> + 'static,
{
    type Kind = Owned<C::Item>;
    type Named = F;

    fn apply<'x>(
        self,
        env: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, S>>,
    ) -> impl Iterator<Item = C::Item> {
        items.flat_map(move |item| self.0(S::arg(env, item)))
    }
}

impl<S: Source<Kind: Nested>> Adapter<S> for Flatten {
    type Kind = <S::Kind as Nested>::Inner;
    type Named = S::Named;

    fn apply<'x>(
        self,
        _: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, S>>,
    ) -> impl Iterator<Item = <Self::Kind as Kind>::Item<'x>> {
        items.flat_map(S::Kind::nested)
    }
}

impl<S, F> Adapter<Enumerate<S>> for Positions<F>
where
    S: Indexed,
    F: for<'x> Fn(ArgOf<'x, S>) -> bool + Captureless,
{
    type Kind = Owned<usize>;
    type Named = F;

    fn apply<'x>(
        self,
        env: S::Env<'x>,
        items: impl Iterator<Item = (usize, ItemOf<'x, S>)>,
    ) -> impl Iterator<Item = usize> {
        items.filter_map(move |(index, item)| self.0(S::arg(env, item)).then_some(index))
    }
}
