//! `collect` and `stream`: the items themselves.

use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::panic::Location;

use super::super::batch::Batch;
use super::super::end::End;
use super::super::for_all::ForAll;
use super::super::kind::Returned;
use super::super::op::Op;
use super::super::par::Par;
use super::super::par_map::ParMap;
use super::super::pieces::Pieces;
use super::super::plan::Cut;
use super::super::source::{ItemOf, Source};
use super::super::stream::MapStream;
use crate::Failure;

/// What the caller gets of an item.
pub(super) type OwnedOf<S> = <<S as Source>::Kind as Returned>::Owned;

struct Collect<C>(PhantomData<fn() -> C>);

impl<C> Copy for Collect<C> {}

impl<C> Clone for Collect<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Par<S> {
    /// Collects the items, in their order, into anything that is made of an iterator of them: a `Vec`, a map, a
    /// set, a `String`, a `Result` or an `Option` of these.
    ///
    /// Borrowed items are cloned. The first `Err` of a `Result` is that of the first item that has one.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    /// use std::collections::BTreeMap;
    ///
    /// guest_runtime::block_on(async {
    ///     let words = ["a", "bc", "d"].map(String::from);
    ///     let lengths: BTreeMap<String, usize> = words.par_iter().map(|w| (w.clone(), w.len())).collect().await;
    ///     assert_eq!(lengths["bc"], 2);
    ///
    ///     let parse = |word: &String| word.parse::<u32>().map_err(|error| error.to_string());
    ///     let numbers: Result<Vec<u32>, String> = words.par_iter().map(parse).collect().await;
    ///     assert_eq!(numbers, Err("invalid digit found in string".to_string()));
    /// });
    /// ```
    #[track_caller]
    pub fn collect<'a, C>(self) -> ForAll<'a, C>
    where
        S: Source<Kind: Returned> + 'a,
        C: FromIterator<OwnedOf<S>> + 'static,
    {
        self.end(Collect(PhantomData), Cut::Anywhere, Location::caller())
    }

    /// Collects the items into a `Vec`, and keeps its allocation.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut squares = vec![7];
    ///     (0..3).into_par_iter().map(|n| n * n).collect_into_vec(&mut squares).await;
    ///     assert_eq!(squares, [0, 1, 4]);
    /// });
    /// ```
    #[track_caller]
    pub fn collect_into_vec<'a>(self, target: &'a mut Vec<OwnedOf<S>>) -> ForAll<'a, ()>
    where
        S: Source<Kind: Returned> + 'a,
    {
        let (called_at, (source, plan)) = (Location::caller(), self.into_parts());
        ForAll::new(plan, called_at, async move |plan| {
            let end = Collect::<Vec<OwnedOf<S>>>(PhantomData);
            let mut pieces = Pieces::new(source, end, plan, called_at);
            target.clear();
            while let Some(Batch(items)) = pieces.next(true).await? {
                target.extend(items);
            }
            Ok(())
        })
    }

    /// Returns the items one after the other, in their order; see [`ParMap::stream`].
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut squares = (0_u64..).par_bridge().map(|n| n * n).stream();
    ///     assert_eq!(squares.next().await, Some(0));
    ///     assert_eq!(squares.next().await, Some(1));
    /// });
    /// ```
    #[track_caller]
    pub fn stream<'a>(self) -> MapStream<'a, OwnedOf<S>>
    where
        S: Source<Kind: Returned> + 'a,
    {
        self.results(Location::caller()).stream()
    }

    /// Returns the items one after the other, in the order in which their jobs complete.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let sum = (0..9_u32).into_par_iter().map(|n| n * n).unordered().fold(0, |sum, n| sum + n);
    ///     assert_eq!(sum.await, 204);
    /// });
    /// ```
    #[track_caller]
    pub fn unordered<'a>(self) -> MapStream<'a, OwnedOf<S>>
    where
        S: Source<Kind: Returned> + 'a,
    {
        self.results(Location::caller()).unordered()
    }

    /// Returns a `Result` for each item: what the chain makes of it, or the [`Failure`] of its job. Other items are
    /// not affected.
    ///
    /// Each item of the source has a job of its own; see [`ParMap::catch_each`] for the exception. Where it is
    /// not known how many results a failed job would have had, as after `filter` and `flat_map` and for text, it
    /// has one.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut rows = [1_u32, 2, 0, 4];
    ///     let double = |row: &mut [u32]| row.iter_mut().for_each(|n| *n = 8 / *n);
    ///     let results = rows.par_chunks_mut(2).map(double).catch_each().await;
    ///     assert!(results[0].is_ok() && results[1].is_err());
    ///     assert_eq!(rows, [8, 4, 0, 4]);     // what a failed job has changed is as it was
    /// });
    /// ```
    #[track_caller]
    pub fn catch_each<'a>(self) -> ParMap<'a, Result<OwnedOf<S>, Failure>>
    where
        S: Source<Kind: Returned> + 'a,
    {
        self.results(Location::caller()).catch_each()
    }

    fn results<'a>(self, called_at: &'static Location<'static>) -> ParMap<'a, OwnedOf<S>>
    where
        S: Source<Kind: Returned> + 'a,
    {
        let (source, plan) = self.into_parts();
        let end = Collect::<Vec<OwnedOf<S>>>(PhantomData);
        ParMap::new(plan, called_at, move |plan| Pieces::new(source, end, plan, called_at))
    }
}

impl<S: Source<Kind: Returned>, C: 'static> Op<S> for Collect<C> {
    type Output = Batch<OwnedOf<S>>;
    type Named = S::Named;

    async fn run<'x>(self, _: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) -> Batch<OwnedOf<S>> {
        Batch(items.map(S::Kind::owned).collect())
    }
}

impl<S, C> End<S> for Collect<C>
where
    S: Source<Kind: Returned>,
    C: FromIterator<OwnedOf<S>> + 'static,
{
    type Sum = Vec<OwnedOf<S>>;
    type Total = C;

    async fn add(self, all: &mut Self::Sum, Batch(items): Batch<OwnedOf<S>>) -> ControlFlow<()> {
        if all.is_empty() {
            *all = items;
        } else {
            all.extend(items);
        }
        ControlFlow::Continue(())
    }

    async fn finish(self, all: Self::Sum) -> C {
        all.into_iter().collect()
    }
}
