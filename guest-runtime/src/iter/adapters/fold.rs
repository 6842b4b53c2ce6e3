//! `fold` and `try_fold`: one value for each piece.
//!
//! An ordinary piece has as many items as seems best, so what a fold yields would depend on the number of
//! cores. With a fold in the chain, pieces are cut by the number of items alone; see `leaf_items` in `grain`.

use super::super::adapter::{Adapter, Chain, adapter};
use super::super::attempt::Attempt;
use super::super::closure::{Captureless, captures_nothing};
use super::super::kind::Owned;
use super::super::par::Par;
use super::super::source::{ArgOf, ItemOf, Source};

adapter! {
    /// The adapter of [`fold`](Par::fold).
    pub Fold<I, F, T>(identity: I, function: F)
}
adapter! {
    /// The adapter of [`try_fold`](Par::try_fold).
    pub TryFold<I, F, T>(identity: I, function: F)
}

impl<S> Par<S> {
    /// Folds the items of each piece into a value, and yields these.
    ///
    /// The pieces depend only on the number of items, so the values are the same on any number of cores; there
    /// are at most a few hundred, unless the number of items is unknown.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    /// use std::collections::BTreeMap;
    ///
    /// guest_runtime::block_on(async {
    ///     let text = "one fish\ntwo fish";
    ///     let count = |mut counts: BTreeMap<String, u32>, line: &str| {
    ///         line.split(' ').for_each(|word| *counts.entry(word.to_string()).or_default() += 1);
    ///         counts
    ///     };
    ///     let merge = |mut all: BTreeMap<String, u32>, counts: BTreeMap<String, u32>| {
    ///         counts.into_iter().for_each(|(word, count)| *all.entry(word).or_default() += count);
    ///         all
    ///     };
    ///     let counts = text.par_lines().fold(BTreeMap::new, count).reduce(BTreeMap::new, merge).await;
    ///     assert_eq!(counts["fish"], 2);
    /// });
    /// ```
    pub fn fold<I, F, T>(self, identity: I, function: F) -> Par<Chain<S, Fold<I, F, T>>>
    where
        S: Source,
        I: Fn() -> T + Captureless,
        F: for<'x> Fn(T, ArgOf<'x, S>) -> T + Captureless,
        T: 'static,
    {
        const { captures_nothing::<(I, F)>() };
        self.adapt(Fold::new(identity, function))
    }

    /// Is like [`fold`](Self::fold), but ends with the first `Err` or `None` of the piece, which it yields
    /// then.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let add = |sum: u8, n: u8| sum.checked_add(n);
    ///     let sum = (0..20_u8).into_par_iter().try_fold(|| 0, add).try_reduce(|| 0, add);
    ///     assert_eq!(sum.await, Some(190));
    ///     let sum = (0..40_u8).into_par_iter().try_fold(|| 0, add).try_reduce(|| 0, add);
    ///     assert_eq!(sum.await, None);
    /// });
    /// ```
    pub fn try_fold<I, F, V, T>(self, identity: I, function: F) -> Par<Chain<S, TryFold<I, F, T>>>
    where
        S: Source,
        I: Fn() -> V + Captureless,
        // The value is inferred from `identity`, before the closure is checked.
        F: for<'x> Fn(V, ArgOf<'x, S>) -> T + Captureless,
        T: Attempt<Output = V> + 'static,
    {
        const { captures_nothing::<(I, F)>() };
        self.adapt(TryFold::new(identity, function))
    }
}

impl<S, I, F, T> Adapter<S> for Fold<I, F, T>
where
    S: Source,
    I: Fn() -> T + Captureless,
    F: for<'x> Fn(T, ArgOf<'x, S>) -> T + Captureless,
    T: 'static,
{
    type Kind = Owned<T>;
    type Named = F;

    const IS_FOLD: bool = true;

    fn apply<'x>(
        self,
        env: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, S>>,
    ) -> impl Iterator<Item = T> {
        let folded = items.fold(self.0(), |value, item| self.1(value, S::arg(env, item)));
        std::iter::once(folded)
    }
}

impl<S, I, F, T> Adapter<S> for TryFold<I, F, T>
where
    S: Source,
    I: Fn() -> T::Output + Captureless,
    F: for<'x> Fn(T::Output, ArgOf<'x, S>) -> T + Captureless,
    T: Attempt + 'static,
{
    type Kind = Owned<T>;
    type Named = F;

    const IS_FOLD: bool = true;

    fn apply<'x>(
        self,
        env: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, S>>,
    ) -> impl Iterator<Item = T> {
        std::iter::once(try_folded(self.0(), items, |value, item| self.1(value, S::arg(env, item))))
    }
}

/// Folds items until the function returns an `Err` or a `None`.
pub(super) fn try_folded<T: Attempt, I>(
    mut value: T::Output,
    items: impl Iterator<Item = I>,
    function: impl Fn(T::Output, I) -> T,
) -> T {
    for item in items {
        match function(value, item).branch() {
            Ok(next) => value = next,
            Err(end) => return end,
        }
    }
    T::of(value)
}
