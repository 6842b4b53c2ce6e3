//! `par_sort` and others: chunks are sorted in jobs, and merged in this instance.
//!
//! Merging is the sort of std, which finds runs that are sorted and merges them. It is stable, so the result
//! does not depend on the chunks; that is why `par_sort_unstable` and others are stable, too.

use std::cmp::Ordering;
use std::panic::Location;

use super::adapter::adapter;
use super::closure::{Captureless, captures_nothing};
use super::for_all::ForAll;
use super::op::Op;
use super::pieces::Pieces;
use super::plan::Plan;
use super::source::{ChunksMut, ItemOf, ParallelSliceMut};
use crate::remote::Nameless;
use crate::{Message, cores, has_parallelism};

/// How many chunks there are for each core.
const CHUNKS_PER_CORE: usize = 2;

/// How many items a chunk has at least: fewer are sorted sooner than they are sent.
const LEAST_ITEMS: usize = 4096;

/// How many bytes a chunk has at most.
const MOST_BYTES: usize = 16 << 20;

/// Sorts a slice, as a type without size.
trait Sorter<T>: Copy + 'static {
    /// The type that jobs are named after.
    type Named;

    fn sort(self, items: &mut [T]);
}

#[derive(Debug, Clone, Copy)]
struct Natural;

adapter! {
    By<F>(function: F)
}
adapter! {
    ByKey<F, K>(function: F)
}
adapter! {
    ByCachedKey<F, K>(function: F)
}

/// Sorts a slice on all cores.
///
/// The items are sent to jobs and back, and merged in this instance, so this is for items that take long to
/// compare. If a job fails, each chunk is as it was, or sorted.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let mut numbers: Vec<u32> = (0..50_000).map(|n| n * 7919 % 50_021).collect();
///     numbers.par_sort().await;
///     assert!(numbers.is_sorted());
/// });
/// ```
pub trait ParallelSort<T> {
    #[doc(hidden)]
    fn items(&mut self) -> &mut [T];

    /// Sorts the slice, and keeps the order of equal items.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut numbers = vec![3, 1, 2];
    ///     numbers.par_sort().await;
    ///     assert_eq!(numbers, [1, 2, 3]);
    /// });
    /// ```
    #[track_caller]
    fn par_sort(&mut self) -> ForAll<'_, ()>
    where
        T: Message + Ord,
    {
        sort(self.items(), Natural, Location::caller())
    }

    /// Sorts the slice by a comparison, and keeps the order of equal items.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut numbers = vec![1.5_f64, -2.0];
    ///     numbers.par_sort_by(|a, b| a.total_cmp(b)).await;
    ///     assert_eq!(numbers, [-2.0, 1.5]);
    /// });
    /// ```
    #[track_caller]
    fn par_sort_by<F>(&mut self, compare: F) -> ForAll<'_, ()>
    where
        T: Message,
        F: Fn(&T, &T) -> Ordering + Captureless,
    {
        const { captures_nothing::<F>() };
        sort(self.items(), By::new(compare), Location::caller())
    }

    /// Sorts the slice by a key, and keeps the order of equal items.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut words = vec!["abc".to_string(), "d".to_string()];
    ///     words.par_sort_by_key(|word| word.len()).await;
    ///     assert_eq!(words, ["d", "abc"]);
    /// });
    /// ```
    #[track_caller]
    fn par_sort_by_key<F, K>(&mut self, key: F) -> ForAll<'_, ()>
    where
        T: Message,
        F: Fn(&T) -> K + Captureless,
        K: Ord + 'static,
    {
        const { captures_nothing::<F>() };
        sort(self.items(), ByKey::new(key), Location::caller())
    }

    /// Sorts the slice by a key that is computed once for each item and job.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut numbers = vec![10, 9, 8];
    ///     numbers.par_sort_by_cached_key(|n| n.to_string()).await;
    ///     assert_eq!(numbers, [10, 8, 9]);
    /// });
    /// ```
    #[track_caller]
    fn par_sort_by_cached_key<F, K>(&mut self, key: F) -> ForAll<'_, ()>
    where
        T: Message,
        F: Fn(&T) -> K + Captureless,
        K: Ord + 'static,
    {
        const { captures_nothing::<F>() };
        sort(self.items(), ByCachedKey::new(key), Location::caller())
    }

    /// Is the same as [`par_sort`](Self::par_sort), and so stable.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut numbers = vec![3, 1, 2];
    ///     numbers.par_sort_unstable().await;
    ///     assert_eq!(numbers, [1, 2, 3]);
    /// });
    /// ```
    #[track_caller]
    fn par_sort_unstable(&mut self) -> ForAll<'_, ()>
    where
        T: Message + Ord,
    {
        self.par_sort()
    }

    /// Is the same as [`par_sort_by`](Self::par_sort_by), and so stable.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut numbers = vec![1, 2];
    ///     numbers.par_sort_unstable_by(|a, b| b.cmp(a)).await;
    ///     assert_eq!(numbers, [2, 1]);
    /// });
    /// ```
    #[track_caller]
    fn par_sort_unstable_by<F>(&mut self, compare: F) -> ForAll<'_, ()>
    where
        T: Message,
        F: Fn(&T, &T) -> Ordering + Captureless,
    {
        const { captures_nothing::<F>() };
        self.par_sort_by(compare)
    }

    /// Is the same as [`par_sort_by_key`](Self::par_sort_by_key), and so stable.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut numbers = vec![1_i32, -2];
    ///     numbers.par_sort_unstable_by_key(|n| -n).await;
    ///     assert_eq!(numbers, [1, -2]);
    /// });
    /// ```
    #[track_caller]
    fn par_sort_unstable_by_key<F, K>(&mut self, key: F) -> ForAll<'_, ()>
    where
        T: Message,
        F: Fn(&T) -> K + Captureless,
        K: Ord + 'static,
    {
        const { captures_nothing::<F>() };
        self.par_sort_by_key(key)
    }
}

impl<T> ParallelSort<T> for [T] {
    fn items(&mut self) -> &mut [T] {
        self
    }
}

/// Returns the future of a sort.
fn sort<'a, T: Message, O: Sorter<T>>(
    items: &'a mut [T],
    sorter: O,
    called_at: &'static Location<'static>,
) -> ForAll<'a, ()> {
    ForAll::new(Plan::default(), called_at, async move |plan: Plan| {
        let most = (MOST_BYTES / size_of::<T>().max(1)).max(1);
        let size = items.len().div_ceil(cores().max(1) * CHUNKS_PER_CORE).max(LEAST_ITEMS).min(most);
        if has_parallelism() && size < items.len() {
            let plan = Plan { grain: plan.grain.or(Some(1)), ..plan };
            let (chunks, _) = items.par_chunks_mut(size).into_parts();
            let mut pieces = Pieces::new(chunks, Chunk(sorter), plan, called_at);
            while let Some(()) = pieces.next(false).await? {}
        }
        sorter.sort(items);
        Ok(())
    })
}

/// The operation on a chunk.
#[derive(Clone, Copy)]
struct Chunk<O>(O);

impl<'a, T: Message, O: Sorter<T>> Op<ChunksMut<'a, T>> for Chunk<O> {
    type Output = ();
    type Named = O::Named;

    async fn run<'x>(self, (): (), items: impl Iterator<Item = ItemOf<'x, ChunksMut<'a, T>>>) {
        items.for_each(|chunk| self.0.sort(chunk));
    }
}

impl<T: Ord> Sorter<T> for Natural {
    type Named = Nameless;

    fn sort(self, items: &mut [T]) {
        items.sort();
    }
}

impl<T, F: Fn(&T, &T) -> Ordering + Captureless> Sorter<T> for By<F> {
    type Named = F;

    fn sort(self, items: &mut [T]) {
        items.sort_by(&self.0);
    }
}

impl<T, F: Fn(&T) -> K + Captureless, K: Ord + 'static> Sorter<T> for ByKey<F, K> {
    type Named = F;

    fn sort(self, items: &mut [T]) {
        items.sort_by_key(&self.0);
    }
}

impl<T, F: Fn(&T) -> K + Captureless, K: Ord + 'static> Sorter<T> for ByCachedKey<F, K> {
    type Named = F;

    fn sort(self, items: &mut [T]) {
        items.sort_by_cached_key(&self.0);
    }
}
