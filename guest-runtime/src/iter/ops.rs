//! The operations of the methods of `ParallelIterator`, as jobs run them.

use std::marker::PhantomData;

use super::op::Op;
use super::reduction::{Subtree, Tree};
use super::source::{Lent, Source};
use crate::Message;

/// `par_map`: the results of all items, in order.
pub(super) struct Map<F, R>(F, PhantomData<fn() -> R>);

/// `par_for_each`: no result.
pub(super) struct ForEach<F>(F, PhantomData<()>);

/// `par_try_map`: the results of all items, or the first error.
pub(super) struct TryMap<F, R, E>(F, PhantomData<fn() -> (R, E)>);

/// `par_try_for_each`: the first error.
pub(super) struct TryForEach<F, E>(F, PhantomData<fn() -> E>);

/// `par_find_any`: the first `Some`.
pub(super) struct Find<F, R>(F, PhantomData<fn() -> R>);

/// `par_reduce`: the results, combined as far as this job has their neighbours.
pub(super) struct Reduce<F, C, R>(F, C, PhantomData<fn() -> R>);

macro_rules! ops_are_their_functions {
    ($($name:ident<$($parameter:ident),*>: $($function:ident $called:ident),*;)*) => {
        $(
            impl<$($parameter),*> $name<$($parameter),*> {
                pub(super) fn new($($called: $function),*) -> Self {
                    Self($($called,)* PhantomData)
                }
            }

            impl<$($parameter),*> Copy for $name<$($parameter),*> where $($function: Copy),* {}

            impl<$($parameter),*> Clone for $name<$($parameter),*> where $($function: Copy),* {
                fn clone(&self) -> Self {
                    *self
                }
            }
        )*
    };
}

ops_are_their_functions! {
    Map<F, R>: F function;
    ForEach<F>: F function;
    TryMap<F, R, E>: F function;
    TryForEach<F, E>: F function;
    Find<F, R>: F function;
    Reduce<F, C, R>: F function, C combine;
}

impl<S, F, R> Op<S> for Map<F, R>
where
    S: Source,
    F: for<'x> AsyncFn(S::Item<'x>) -> R + Copy + 'static,
    R: Message,
{
    type Many = Vec<R>;
    type One = R;
    type Named = F;

    async fn many<'x>(self, piece: Lent<'x, S::Piece>) -> Vec<R> {
        let items = S::items(piece);
        let mut results = Vec::with_capacity(items.size_hint().0);
        for item in items {
            results.push((self.0)(item).await);
        }
        results
    }

    async fn one<'x>(self, item: S::Item<'x>) -> R {
        (self.0)(item).await
    }

    fn widen(one: R) -> Vec<R> {
        vec![one]
    }
}

impl<S, F> Op<S> for ForEach<F>
where
    S: Source,
    F: for<'x> AsyncFn(S::Item<'x>) + Copy + 'static,
{
    type Many = ();
    type One = ();
    type Named = F;

    async fn many<'x>(self, piece: Lent<'x, S::Piece>) {
        for item in S::items(piece) {
            (self.0)(item).await;
        }
    }

    async fn one<'x>(self, item: S::Item<'x>) {
        (self.0)(item).await;
    }

    fn widen((): ()) {}
}

impl<S, F, R, E> Op<S> for TryMap<F, R, E>
where
    S: Source,
    F: for<'x> AsyncFn(S::Item<'x>) -> Result<R, E> + Copy + 'static,
    R: Message,
    E: Message,
{
    type Many = Result<Vec<R>, E>;
    type One = Result<R, E>;
    type Named = F;

    async fn many<'x>(self, piece: Lent<'x, S::Piece>) -> Result<Vec<R>, E> {
        let items = S::items(piece);
        let mut results = Vec::with_capacity(items.size_hint().0);
        for item in items {
            results.push((self.0)(item).await?);
        }
        Ok(results)
    }

    async fn one<'x>(self, item: S::Item<'x>) -> Result<R, E> {
        (self.0)(item).await
    }

    fn widen(one: Result<R, E>) -> Result<Vec<R>, E> {
        one.map(|result| vec![result])
    }

    fn is_last(many: &Result<Vec<R>, E>) -> bool {
        many.is_err()
    }
}

impl<S, F, E> Op<S> for TryForEach<F, E>
where
    S: Source,
    F: for<'x> AsyncFn(S::Item<'x>) -> Result<(), E> + Copy + 'static,
    E: Message,
{
    type Many = Result<(), E>;
    type One = Result<(), E>;
    type Named = F;

    async fn many<'x>(self, piece: Lent<'x, S::Piece>) -> Result<(), E> {
        for item in S::items(piece) {
            (self.0)(item).await?;
        }
        Ok(())
    }

    async fn one<'x>(self, item: S::Item<'x>) -> Result<(), E> {
        (self.0)(item).await
    }

    fn widen(one: Result<(), E>) -> Result<(), E> {
        one
    }

    fn is_last(many: &Result<(), E>) -> bool {
        many.is_err()
    }
}

impl<S, F, R> Op<S> for Find<F, R>
where
    S: Source,
    F: for<'x> AsyncFn(S::Item<'x>) -> Option<R> + Copy + 'static,
    R: Message,
{
    type Many = Option<R>;
    type One = Option<R>;
    type Named = F;

    async fn many<'x>(self, piece: Lent<'x, S::Piece>) -> Option<R> {
        for item in S::items(piece) {
            if let Some(found) = (self.0)(item).await {
                return Some(found);
            }
        }
        None
    }

    async fn one<'x>(self, item: S::Item<'x>) -> Option<R> {
        (self.0)(item).await
    }

    fn widen(one: Option<R>) -> Option<R> {
        one
    }

    fn is_last(many: &Option<R>) -> bool {
        many.is_some()
    }
}

impl<S, F, C, R> Op<S> for Reduce<F, C, R>
where
    S: Source,
    F: for<'x> AsyncFn(S::Item<'x>) -> R + Copy + 'static,
    C: AsyncFn(R, R) -> R + Copy + 'static,
    R: Message,
{
    type Many = Vec<Subtree<R>>;
    type One = R;
    type Named = F;

    async fn many<'x>(self, piece: Lent<'x, S::Piece>) -> Vec<Subtree<R>> {
        let mut tree = Tree::new();
        tree.extend(S::items(piece), &self.0, &self.1).await;
        tree.into_subtrees()
    }

    async fn one<'x>(self, item: S::Item<'x>) -> R {
        (self.0)(item).await
    }

    fn widen(one: R) -> Vec<Subtree<R>> {
        vec![(0, one)]
    }
}
