//! Adapters that yield one item for each: `map`, `inspect`, `copied` and others.

use super::super::adapter::{Adapter, Chain, Exact, adapter};
use super::super::closure::{Captureless, captures_nothing};
use super::super::kind::{Kind, Owned, Ref};
use super::super::par::Par;
use super::super::source::{ArgOf, ItemOf, Source};

adapter! {
    /// The adapter of [`map`](Par::map).
    pub Map<F, R>(function: F)
}
adapter! {
    /// The adapter of [`map_init`](Par::map_init).
    pub MapInit<I, F, T, R>(identity: I, function: F)
}
adapter! {
    /// The adapter of [`inspect`](Par::inspect).
    pub Inspect<F>(function: F)
}
adapter! {
    /// The adapter of [`update`](Par::update).
    pub Update<F>(function: F)
}

/// The adapter of [`copied`](Par::copied).
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug, Clone, Copy)]
pub struct Copied;

/// The adapter of [`cloned`](Par::cloned).
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug, Clone, Copy)]
pub struct Cloned;

impl<S> Par<S> {
    /// Replaces each item by the result of a function.
    ///
    /// The result is a value. To keep a borrow of the item, `filter` and others pass items on as they are.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let lengths = ["a", "bcd"].map(String::from).par_iter().map(|word| word.len()).sum::<usize>().await;
    ///     assert_eq!(lengths, 4);
    /// });
    /// ```
    pub fn map<F, R>(self, function: F) -> Par<Chain<S, Map<F, R>>>
    where
        S: Source,
        F: for<'x> Fn(ArgOf<'x, S>) -> R + Captureless,
        R: 'static,
    {
        const { captures_nothing::<F>() };
        self.adapt(Map::new(function))
    }

    /// Is like [`map`](Self::map), but the function also gets a value that is made once for each job, such as
    /// a buffer or a random generator.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let shout = |buffer: &mut String, n: u32| {
    ///         buffer.clear();
    ///         buffer.extend((0..n).map(|_| '!'));
    ///         buffer.len()
    ///     };
    ///     let lengths: Vec<usize> = (0..4_u32).into_par_iter().map_init(String::new, shout).collect().await;
    ///     assert_eq!(lengths, [0, 1, 2, 3]);
    /// });
    /// ```
    pub fn map_init<I, F, T, R>(self, init: I, function: F) -> Par<Chain<S, MapInit<I, F, T, R>>>
    where
        S: Source,
        I: Fn() -> T + Captureless,
        F: for<'x, 'y> Fn(&'y mut T, ArgOf<'x, S>) -> R + Captureless,
        T: 'static,
        R: 'static,
    {
        const { captures_nothing::<(I, F)>() };
        self.adapt(MapInit::new(init, function))
    }

    /// Calls a function with a borrow of each item, and passes the items on.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let sum = (1..4_u32).into_par_iter().inspect(|&n| assert!(n < 4)).sum::<u32>();
    ///     assert_eq!(sum.await, 6);
    /// });
    /// ```
    pub fn inspect<F>(self, function: F) -> Par<Chain<S, Inspect<F>>>
    where
        S: Source,
        F: for<'x, 'y> Fn(S::Arg<'x, &'y ItemOf<'x, S>>) + Captureless,
    {
        const { captures_nothing::<F>() };
        self.adapt(Inspect::new(function))
    }

    /// Calls a function with a mutable borrow of each item, and passes the items on.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let odd: Vec<u32> = (1..4_u32).into_par_iter().update(|n| *n = *n * 2 - 1).collect().await;
    ///     assert_eq!(odd, [1, 3, 5]);
    /// });
    /// ```
    pub fn update<F>(self, function: F) -> Par<Chain<S, Update<F>>>
    where
        S: Source,
        F: for<'x, 'y> Fn(S::Arg<'x, &'y mut ItemOf<'x, S>>) + Captureless,
    {
        const { captures_nothing::<F>() };
        self.adapt(Update::new(function))
    }

    /// Copies borrowed items.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let largest = [2.0_f64, 3.0].par_iter().copied().reduce(|| f64::MIN, |a, b| a.max(b));
    ///     assert_eq!(largest.await, 3.0);
    /// });
    /// ```
    pub fn copied<T>(self) -> Par<Chain<S, Copied>>
    where
        S: Source<Kind = Ref<T>>,
        T: Copy + 'static,
    {
        self.adapt(Copied)
    }

    /// Clones borrowed items.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let words = ["a", "b"].map(String::from);
    ///     assert_eq!(words.par_iter().cloned().reduce(String::new, |a, b| a + &b).await, "ab");
    /// });
    /// ```
    pub fn cloned<T>(self) -> Par<Chain<S, Cloned>>
    where
        S: Source<Kind = Ref<T>>,
        T: Clone + 'static,
    {
        self.adapt(Cloned)
    }
}

impl<S, F, R> Adapter<S> for Map<F, R>
where
    S: Source,
    F: for<'x> Fn(ArgOf<'x, S>) -> R + Captureless,
    R: 'static,
{
    type Kind = Owned<R>;
    type Named = F;

    const IS_EXACT: bool = true;

    fn apply<'x>(
        self,
        env: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, S>>,
    ) -> impl Iterator<Item = R> {
        items.map(move |item| self.0(S::arg(env, item)))
    }
}

impl<S, I, F, T, R> Adapter<S> for MapInit<I, F, T, R>
where
    S: Source,
    I: Fn() -> T + Captureless,
    F: for<'x, 'y> Fn(&'y mut T, ArgOf<'x, S>) -> R + Captureless,
    T: 'static,
    R: 'static,
{
    type Kind = Owned<R>;
    type Named = F;

    const IS_EXACT: bool = true;

    fn apply<'x>(
        self,
        env: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, S>>,
    ) -> impl Iterator<Item = R> {
        let mut value = None;
        items.map(move |item| self.1(value.get_or_insert_with(self.0), S::arg(env, item)))
    }
}

impl<S, F> Adapter<S> for Inspect<F>
where
    S: Source,
    F: for<'x, 'y> Fn(S::Arg<'x, &'y ItemOf<'x, S>>) + Captureless,
{
    type Kind = S::Kind;
    type Named = F;

    const IS_EXACT: bool = true;

    fn apply<'x>(
        self,
        env: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, S>>,
    ) -> impl Iterator<Item = ItemOf<'x, S>> {
        items.inspect(move |item| self.0(S::arg(env, item)))
    }
}

impl<S, F> Adapter<S> for Update<F>
where
    S: Source,
    F: for<'x, 'y> Fn(S::Arg<'x, &'y mut ItemOf<'x, S>>) + Captureless,
{
    type Kind = S::Kind;
    type Named = F;

    const IS_EXACT: bool = true;

    fn apply<'x>(
        self,
        env: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, S>>,
    ) -> impl Iterator<Item = ItemOf<'x, S>> {
        items.map(move |mut item| {
            self.0(S::arg(env, &mut item));
            item
        })
    }
}

impl<S: Source<Kind = Ref<T>>, T: Copy + 'static> Adapter<S> for Copied {
    type Kind = Owned<T>;
    type Named = S::Named;

    const IS_EXACT: bool = true;

    fn apply<'x>(
        self,
        _: S::Env<'x>,
        items: impl Iterator<Item = &'x T>,
    ) -> impl Iterator<Item = <Owned<T> as Kind>::Item<'x>> {
        items.copied()
    }
}

impl<S: Source<Kind = Ref<T>>, T: Clone + 'static> Adapter<S> for Cloned {
    type Kind = Owned<T>;
    type Named = S::Named;

    const IS_EXACT: bool = true;

    fn apply<'x>(
        self,
        _: S::Env<'x>,
        items: impl Iterator<Item = &'x T>,
    ) -> impl Iterator<Item = <Owned<T> as Kind>::Item<'x>> {
        items.cloned()
    }
}

impl<F, R> Exact for Map<F, R> {}
impl<I, F, T, R> Exact for MapInit<I, F, T, R> {}
impl<F> Exact for Inspect<F> {}
impl<F> Exact for Update<F> {}
impl Exact for Copied {}
impl Exact for Cloned {}
