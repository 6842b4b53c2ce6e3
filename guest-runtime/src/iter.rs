//! Parallel iterators, with the methods of rayon's.
//!
//! A program that uses rayon is ported in three steps: `use guest_runtime::prelude::*`, an `.await` at the end of
//! each chain, and [`lending`](Par::lending) for what its closures capture.
//!
//! ```
//! use guest_runtime::prelude::*;
//!
//! guest_runtime::block_on(async {
//!     let prices = vec![3.5_f64, 20.0, 7.25];
//!     let (limit, factor) = (5.0, 1.2);
//!     let sum = prices.par_iter().lending((limit, factor))        // rayon: captured by the closures
//!         .filter(|((limit, _), price)| **price > limit)
//!         .map(|((_, factor), price)| price * factor)
//!         .sum::<f64>();
//!     assert_eq!(sum.await, 32.7);                                // rayon: without `.await`
//! });
//! ```
//!
//! # Chains
//!
//! `par_iter`, `into_par_iter`, `par_iter_mut`, `par_chunks`, `par_lines`, `par_bridge` and others create a
//! [`Par`], which has the methods. [`IntoSource`] lists the sources. A piece of the source is sent to
//! a job once, the job applies the whole chain to it, and only what the end needs is sent back: a sum, not the
//! items. Slices of numbers are copied as they are.
//!
//! Every end is a lazy future: [`ForAll`], which has [`grain`](ForAll::grain), [`limit`](ForAll::limit) and
//! [`catch`](ForAll::catch). Dropping it cancels the jobs.
//!
//! # Closures
//!
//! A closure captures nothing, because what it would capture is in this instance only. What it needs besides
//! its item is lent: after `lending(e)` the argument of each closure that takes an item is a pair of `e` and the
//! item. Closures that combine two values or create one, such as those of `reduce`, do not get `e`.
//!
//! In the place of a closure that creates a value from variables, such as `|| vec![0; k]` of rayon's `fold`, there are
//! [`fold_with`](Par::fold_with) and [`map_with`](Par::map_with).
//!
//! A closure of `map` returns a value, not a borrow of its item. `filter`, `zip`, `enumerate` and others keep
//! borrowed items as they are. Ends return copies of them: `max()` of `&T` is an `Option<T>`.
//!
//! # Determinism
//!
//! No result depends on the number of cores or on the grain, except those of `find_any`, `position_any`,
//! `find_map_any` and `unordered`. For operations whose order matters, such as sums of floats, `reduce` and
//! `fold`, pieces are cut by the number of items alone, and combined in pairs, pairs of pairs and so on.
//!
//! # Async functions
//!
//! [`ParallelIterator`] has methods whose function is `async`, for items that wait or have jobs of their own:
//! `par_map`, `par_for_each`, `par_reduce`, `par_find_any`, `par_try_map` and `par_try_for_each`. They can be
//! called on a chain, too.
//!
//! ```
//! use guest_runtime::prelude::*;
//!
//! guest_runtime::block_on(async {
//!     let mut pixels = vec![0.25_f32; 1 << 16];
//!     pixels.par_chunks_mut(1 << 12).par_for_each(async |row| row.fill(0.5)).await;
//!     let sum = pixels.par_chunks(1 << 12).par_reduce(async |row| row.iter().sum(), async |a: f32, b| a + b);
//!     assert_eq!(sum.await, Some(32768.0));
//! });
//! ```
//!
//! # Items per job
//!
//! A job costs a few microseconds, and an item may take a few nanoseconds, so a job has many items. Their
//! number is measured: the first jobs have one item each and report how long it took. From then on, a job
//! runs about 25 times as long as it costs, but every core gets several of the jobs that are left.
//!
//! # Choosing a method
//!
//! | To get | write |
//! | --- | --- |
//! | one value of all items | `items.par_iter().map(f).sum()`, `reduce`, `max_by_key`, `count` |
//! | all results, in order | `items.par_iter().map(f).collect()`, or `items.par_map(f)` for an async `f` |
//! | a `Result` for each item, so that a failure affects no other | `.catch_each()` after `map(f)` or `par_map(f)` |
//! | one result after the other, in order or as they complete | `.stream()`, `.unordered()` after either |
//! | large flat items, at the speed of memcpy | `numbers.par_chunks(n)`, `numbers.par_chunks_mut(n)` |
//! | bounded concurrency in this instance | `stream.co()` of futures-concurrency |
//!
//! `ConcurrentStream` (`co`) is concurrency in one instance. Two things about it may surprise: `collect`
//! ignores `limit`, and results come in the order of completion. The methods here respect the limit and keep
//! the order.

mod adapter;
#[expect(unnameable_types, reason = "only parts of chains")]
mod adapters;
mod attempt;
mod batch;
mod caught;
mod closure;
mod end;
mod ends;
mod for_all;
mod grain;
mod indexed;
mod kind;
mod op;
mod ops;
mod options;
mod par;
mod par_map;
mod pieces;
mod plan;
mod reduction;
mod results;
mod sort;
mod source;
mod stream;
#[cfg(test)]
mod tests;

use std::panic::Location;

pub use attempt::Attempt;
use closure::{Captureless, captures_nothing};
pub use for_all::ForAll;
use ops::{Find, ForEach, Map, Reduce, TryForEach, TryMap};
pub use par::Par;
pub use par_map::ParMap;
use pieces::Pieces;
use plan::Cut;
pub use sort::ParallelSort;
use source::{ArgOf, Iterable, Lending};
pub use source::{
    Bridge, BridgeStream, IntoParallelIterator, IntoParallelRefIterator, IntoParallelRefMutIterator,
    IntoSource, Lend, ParallelSlice, ParallelSliceMut, ParallelString, Separator,
};
pub use stream::MapStream;

use crate::remote::Message;

/// What the function gets for each item.
type Item<'x, I> = ArgOf<'x, <I as IntoSource>::Source>;

/// Calls an async function with all items of a slice, a range and so on, in parallel. [`IntoSource`] lists its
/// implementations.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     assert_eq!((0..4).par_map(async |n| n * n).await, [0, 1, 4, 9]);
/// });
/// ```
pub trait ParallelIterator: Iterable + Sized {
    /// Calls the function with every item, and returns the results: a `Vec` in the order of the items, or a
    /// stream.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// async fn shout(word: &String) -> String {
    ///     word.to_uppercase()
    /// }
    ///
    /// guest_runtime::block_on(async {
    ///     let words = vec!["a".to_string(), "b".to_string()];
    ///     assert_eq!((&words).par_map(shout).await, ["A", "B"]);
    /// });
    /// ```
    #[track_caller]
    fn par_map<'a, F, R>(self, function: F) -> ParMap<'a, R>
    where
        Self: IntoSource<Source: 'a>,
        F: for<'x> AsyncFn(Item<'x, Self>) -> R + Captureless,
        R: Message,
    {
        const { captures_nothing::<F>() };
        let (called_at, (source, plan)) = (Location::caller(), self.into_par().into_parts());
        ParMap::new(plan, called_at, move |plan| Pieces::new(source, Map::new(function), plan, called_at))
    }

    /// Calls the function with every item.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut words = ["a".to_string(), "b".to_string()];
    ///     (&mut words).par_for_each(async |word| word.push('!')).await;
    ///     assert_eq!(words, ["a!", "b!"]);
    /// });
    /// ```
    #[track_caller]
    fn par_for_each<'a, F>(self, function: F) -> ForAll<'a, ()>
    where
        Self: IntoSource<Source: 'a>,
        F: for<'x> AsyncFn(Item<'x, Self>) + Captureless,
    {
        const { captures_nothing::<F>() };
        self.into_par().end(ForEach::new(function), Cut::Anywhere, Location::caller())
    }

    /// Calls the function with every item and combines the results into one, in order; `None` if there are no
    /// items.
    ///
    /// Results are combined in pairs, pairs of pairs, and so on, counted from the first item. So the result
    /// is the same on any number of cores, even if `combine` is not associative, as for floats. After `filter`
    /// and others that change the number of items, pieces are cut by that of the source.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let words = ["a", "bc", "def"].map(String::from);
    ///     let longest = words.par_reduce(async |word| word.clone(), async |a, b| if b.len() > a.len() { b } else { a });
    ///     assert_eq!(longest.await.as_deref(), Some("def"));
    /// });
    /// ```
    #[track_caller]
    fn par_reduce<'a, F, C, R>(self, function: F, combine: C) -> ForAll<'a, Option<R>>
    where
        Self: IntoSource<Source: 'a>,
        F: for<'x> AsyncFn(Item<'x, Self>) -> R + Captureless,
        C: AsyncFn(R, R) -> R + Captureless,
        R: Message,
    {
        const { captures_nothing::<F>() };
        const { captures_nothing::<C>() };
        self.into_par().end(Reduce::new(function, combine), Cut::Aligned, Location::caller())
    }

    /// Calls the function with items until it returns `Some` for any of them, which cancels all other jobs.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let divisor = (2..3_000_000_u64).par_find_any(async |n| (9_000_009 % n == 0).then_some(n)).await;
    ///     assert!(divisor.is_some_and(|n| 9_000_009 % n == 0));
    /// });
    /// ```
    #[track_caller]
    fn par_find_any<'a, F, R>(self, function: F) -> ForAll<'a, Option<R>>
    where
        Self: IntoSource<Source: 'a>,
        F: for<'x> AsyncFn(Item<'x, Self>) -> Option<R> + Captureless,
        R: Message,
    {
        const { captures_nothing::<F>() };
        self.into_par().end(Find::new(function), Cut::Anywhere, Location::caller())
    }

    /// Calls the function with every item, and returns all results, or the first error.
    ///
    /// # Errors
    ///
    /// The error of the first item, in their order, that has one. Jobs with later items are cancelled, or never
    /// start.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let parse = async |text: &String| text.parse::<u8>().map_err(|error| error.to_string());
    ///     let numbers = ["1", "2"].map(String::from);
    ///     assert_eq!(numbers.par_try_map(parse).await, Ok(vec![1, 2]));
    ///     let numbers = ["1", "-", "256"].map(String::from);
    ///     assert_eq!(numbers.par_try_map(parse).await, Err("invalid digit found in string".to_string()));
    /// });
    /// ```
    #[track_caller]
    fn par_try_map<'a, F, R, E>(self, function: F) -> ForAll<'a, Result<Vec<R>, E>>
    where
        Self: IntoSource<Source: 'a>,
        F: for<'x> AsyncFn(Item<'x, Self>) -> Result<R, E> + Captureless,
        R: Message,
        E: Message,
    {
        const { captures_nothing::<F>() };
        self.into_par().end(TryMap::new(function), Cut::Anywhere, Location::caller())
    }

    /// Calls the function with every item, and returns the first error.
    ///
    /// # Errors
    ///
    /// The error of the first item, in their order, that has one. Jobs with later items are cancelled, or never
    /// start.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let check = async |n: u32| if n < 7 { Ok(()) } else { Err(n) };
    ///     assert_eq!((0..7_u32).par_try_for_each(check).await, Ok(()));
    ///     assert_eq!((0..70_u32).par_try_for_each(check).await, Err(7));
    /// });
    /// ```
    #[track_caller]
    fn par_try_for_each<'a, F, E>(self, function: F) -> ForAll<'a, Result<(), E>>
    where
        Self: IntoSource<Source: 'a>,
        F: for<'x> AsyncFn(Item<'x, Self>) -> Result<(), E> + Captureless,
        E: Message,
    {
        const { captures_nothing::<F>() };
        self.into_par().end(TryForEach::new(function), Cut::Anywhere, Location::caller())
    }

    /// Lends something to the function, whose argument becomes a pair of that and the item; see
    /// [`Par::lending`].
    ///
    /// It is encoded and sent with every job; [`Shared`](crate::Shared) avoids that for a large value.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let lines = ["one fish", "two fish", "red"].map(String::from);
    ///     let found = lines.lending("fish").par_map(async |(word, line)| line.find(word)).await;
    ///     assert_eq!(found, [Some(4), Some(4), None]);
    /// });
    /// ```
    fn lending<L, How>(self, lent: L) -> Par<Lending<Self::Source, L, How>>
    where
        Self: IntoSource,
        L: Lend<How>,
    {
        self.into_par().lending(lent)
    }
}

impl<I: Iterable> ParallelIterator for I {}
