//! `map_with` and `fold_with`: their functions get a clone of a value of the program, one for each job.

use std::task::{Context, Poll};

use super::super::adapter::adapter;
use super::super::attempt::Attempt;
use super::super::closure::{Captureless, captures_nothing};
use super::super::kind::{Kind, Owned};
use super::super::par::Par;
use super::super::source::{ArgOf, Indexed, ItemOf, Lent, NextPiece, Source};
use super::fold::try_folded;
use crate::Message;
use crate::remote::{Moved, conjure};

adapter! {
    /// The adapter of [`map_with`](Par::map_with).
    pub MapWith<F, R>(function: F)
}
adapter! {
    /// The adapter of [`fold_with`](Par::fold_with).
    pub FoldWith<F>(function: F)
}
adapter! {
    /// The adapter of [`try_fold_with`](Par::try_fold_with).
    pub TryFoldWith<F, T>(function: F)
}

impl<S> Par<S> {
    /// Is like [`map`](Self::map), but the function also gets a clone of a value, which is one for each job.
    ///
    /// The value is sent with every job.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let greeting = "hello ".to_string();
    ///     let greet = |buffer: &mut String, name: &String| {
    ///         buffer.truncate(6);
    ///         buffer.push_str(name);
    ///         buffer.clone()
    ///     };
    ///     let names = ["Ann", "Bo"].map(String::from);
    ///     let greetings: Vec<String> = names.par_iter().map_with(greeting, greet).collect().await;
    ///     assert_eq!(greetings, ["hello Ann", "hello Bo"]);
    /// });
    /// ```
    pub fn map_with<F, T, R>(self, value: T, function: F) -> Par<ChainWith<S, T, MapWith<F, R>>>
    where
        S: Source,
        F: for<'x, 'y> Fn(&'y mut T, ArgOf<'x, S>) -> R + Captureless,
        T: Message + Clone,
        R: 'static,
    {
        const { captures_nothing::<F>() };
        self.with_source(|source| ChainWith { source, value, adapter: MapWith::new(function) })
    }

    /// Is like [`fold`](Self::fold), but begins each fold with a clone of a value, which may depend on variables.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let groups = 3;
    ///     let count = |mut counts: Vec<u32>, n: u32| {
    ///         let group = n as usize % counts.len();
    ///         counts[group] += 1;
    ///         counts
    ///     };
    ///     let add = |a: Vec<u32>, b: Vec<u32>| a.iter().zip(b).map(|(a, b)| a + b).collect();
    ///     let counts = (0..100_u32).into_par_iter().fold_with(vec![0; groups], count).reduce_with(add);
    ///     assert_eq!(counts.await, Some(vec![34, 33, 33]));
    /// });
    /// ```
    pub fn fold_with<F, T>(self, value: T, function: F) -> Par<ChainWith<S, T, FoldWith<F>>>
    where
        S: Source,
        F: for<'x> Fn(T, ArgOf<'x, S>) -> T + Captureless,
        T: Message + Clone,
    {
        const { captures_nothing::<F>() };
        self.with_source(|source| ChainWith { source, value, adapter: FoldWith::new(function) })
    }

    /// Is like [`try_fold`](Self::try_fold), but begins each fold with a clone of a value.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let start = 0_u8;
    ///     let sums = (0..20_u8).into_par_iter().try_fold_with(start, |sum, n| sum.checked_add(n));
    ///     assert_eq!(sums.try_reduce(|| 0, |a, b| a.checked_add(b)).await, Some(190));
    /// });
    /// ```
    pub fn try_fold_with<F, V, T>(self, value: V, function: F) -> Par<ChainWith<S, V, TryFoldWith<F, T>>>
    where
        S: Source,
        F: for<'x> Fn(V, ArgOf<'x, S>) -> T + Captureless,
        T: Attempt<Output = V> + 'static,
        V: Message + Clone,
    {
        const { captures_nothing::<F>() };
        self.with_source(|source| ChainWith { source, value, adapter: TryFoldWith::new(function) })
    }
}

/// What one method of a chain does with a clone of a value.
#[expect(unnameable_types, reason = "only a part of a chain")]
pub trait AdapterWith<S: Source, T>: Copy + 'static {
    type Kind: Kind;

    type Named;

    /// Whether it yields one item for each, or one for each piece.
    const IS_EXACT: bool;

    fn apply<'x>(
        self,
        value: T,
        env: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, S>>,
    ) -> impl Iterator<Item = <Self::Kind as Kind>::Item<'x>>;
}

/// A source, an adapter of its items, and a value for the adapter.
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct ChainWith<S, T, A> {
    source: S,
    value: T,
    adapter: A,
}

impl<S, T, A> Source for ChainWith<S, T, A>
where
    S: Source,
    T: Message + Clone,
    A: AdapterWith<S, T>,
{
    type Kind = A::Kind;
    type Env<'x> = S::Env<'x>;
    type Arg<'x, Of> = S::Arg<'x, Of>;
    type Piece = (Moved<T>, S::Piece);
    type Single = (Moved<T>, S::Single);
    type Named = A::Named;

    const IS_EXACT: bool = S::IS_EXACT && A::IS_EXACT;
    const HAS_FOLD: bool = S::HAS_FOLD || !A::IS_EXACT;
    const IS_FILLED: bool = S::IS_FILLED;

    fn poll_single(&mut self, context: &mut Context<'_>) -> Poll<Option<Self::Single>> {
        self.source.poll_single(context).map(|single| Some((Moved::new(self.value.clone()), single?)))
    }

    fn poll_piece(&mut self, most: usize, context: &mut Context<'_>) -> NextPiece<Self> {
        self.source.poll_piece(most, context).map(|piece| {
            let (piece, items) = piece?;
            Some(((Moved::new(self.value.clone()), piece), items))
        })
    }

    fn left(&self) -> Option<usize> {
        self.source.left()
    }

    fn bytes_of_item(&self) -> usize {
        self.source.bytes_of_item()
    }

    fn items<'x>(
        (value, piece): Lent<'x, Self::Piece>,
    ) -> (Self::Env<'x>, impl Iterator<Item = ItemOf<'x, Self>>) {
        const { captures_nothing::<A>() };
        let (env, items) = S::items(piece);
        (env, conjure::<A>().apply(value, env, items))
    }

    fn single<'x>(
        (value, single): Lent<'x, Self::Single>,
    ) -> (Self::Env<'x>, impl Iterator<Item = ItemOf<'x, Self>>) {
        let (env, items) = S::single(single);
        (env, conjure::<A>().apply(value, env, items))
    }

    fn arg<'x, Of>(env: Self::Env<'x>, item: Of) -> Self::Arg<'x, Of> {
        S::arg(env, item)
    }
}

#[diagnostic::do_not_recommend]
impl<S, T, F, R> Indexed for ChainWith<S, T, MapWith<F, R>>
where
    S: Indexed,
    F: for<'x, 'y> Fn(&'y mut T, ArgOf<'x, S>) -> R + Captureless,
    T: Message + Clone,
    R: 'static,
{
    fn split_off(&mut self, at: usize) -> Self {
        Self { source: self.source.split_off(at), value: self.value.clone(), adapter: self.adapter }
    }
}

impl<S, T, F, R> AdapterWith<S, T> for MapWith<F, R>
where
    S: Source,
    F: for<'x, 'y> Fn(&'y mut T, ArgOf<'x, S>) -> R + Captureless,
    T: 'static,
    R: 'static,
{
    type Kind = Owned<R>;
    type Named = F;

    const IS_EXACT: bool = true;

    fn apply<'x>(
        self,
        mut value: T,
        env: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, S>>,
    ) -> impl Iterator<Item = R> {
        items.map(move |item| self.0(&mut value, S::arg(env, item)))
    }
}

impl<S, T, F> AdapterWith<S, T> for FoldWith<F>
where
    S: Source,
    F: for<'x> Fn(T, ArgOf<'x, S>) -> T + Captureless,
    T: 'static,
{
    type Kind = Owned<T>;
    type Named = F;

    const IS_EXACT: bool = false;

    fn apply<'x>(
        self,
        value: T,
        env: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, S>>,
    ) -> impl Iterator<Item = T> {
        std::iter::once(items.fold(value, |value, item| self.0(value, S::arg(env, item))))
    }
}

impl<S, F, T> AdapterWith<S, T::Output> for TryFoldWith<F, T>
where
    S: Source,
    F: for<'x> Fn(T::Output, ArgOf<'x, S>) -> T + Captureless,
    T: Attempt + 'static,
{
    type Kind = Owned<T>;
    type Named = F;

    const IS_EXACT: bool = false;

    fn apply<'x>(
        self,
        value: T::Output,
        env: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, S>>,
    ) -> impl Iterator<Item = T> {
        std::iter::once(try_folded(value, items, |value, item| self.0(value, S::arg(env, item))))
    }
}
