//! The operations of the methods of `ParallelIterator`, whose functions are async.

use std::ops::ControlFlow;

use super::adapter::adapter;
use super::batch::Batch;
use super::closure::Captureless;
use super::end::End;
use super::op::Op;
use super::reduction::{Subtree, Tree};
use super::source::{ArgOf, ItemOf, Source};
use crate::Message;

adapter! {
    /// `par_map`: the results of all items, in order.
    pub(super) Map<F, R>(function: F)
}
adapter! {
    /// `par_for_each`: no result.
    pub(super) ForEach<F>(function: F)
}
adapter! {
    /// `par_try_map`: the results of all items, or the first error.
    pub(super) TryMap<F, R, E>(function: F)
}
adapter! {
    /// `par_try_for_each`: the first error.
    pub(super) TryForEach<F, E>(function: F)
}
adapter! {
    /// `par_find_any`: the first `Some`.
    pub(super) Find<F, R>(function: F)
}
adapter! {
    /// `par_reduce`: the results, combined as far as this job has their neighbours.
    pub(super) Reduce<F, C, R>(function: F, combine: C)
}

impl<S, F, R> Op<S> for Map<F, R>
where
    S: Source,
    F: for<'x> AsyncFn(ArgOf<'x, S>) -> R + Captureless,
    R: Message,
{
    type Output = Batch<R>;
    type Named = F;

    async fn run<'x>(self, env: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) -> Batch<R> {
        let mut results = Vec::with_capacity(items.size_hint().0);
        for item in items {
            results.push(self.0(S::arg(env, item)).await);
        }
        Batch(results)
    }
}

impl<S, F> Op<S> for ForEach<F>
where
    S: Source,
    F: for<'x> AsyncFn(ArgOf<'x, S>) + Captureless,
{
    type Output = ();
    type Named = F;

    async fn run<'x>(self, env: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) {
        for item in items {
            self.0(S::arg(env, item)).await;
        }
    }
}

impl<S, F> End<S> for ForEach<F>
where
    S: Source,
    F: for<'x> AsyncFn(ArgOf<'x, S>) + Captureless,
{
    type Sum = ();
    type Total = ();

    const IS_ORDERED: bool = false;

    async fn add(self, (): &mut (), (): ()) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    async fn finish(self, (): ()) {}
}

impl<S, F, R, E> Op<S> for TryMap<F, R, E>
where
    S: Source,
    F: for<'x> AsyncFn(ArgOf<'x, S>) -> Result<R, E> + Captureless,
    R: Message,
    E: Message,
{
    type Output = Result<Vec<R>, E>;
    type Named = F;

    async fn run<'x>(self, env: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) -> Result<Vec<R>, E> {
        let mut results = Vec::with_capacity(items.size_hint().0);
        for item in items {
            results.push(self.0(S::arg(env, item)).await?);
        }
        Ok(results)
    }

    fn is_last(output: &Result<Vec<R>, E>) -> bool {
        output.is_err()
    }
}

impl<S, F, R, E> End<S> for TryMap<F, R, E>
where
    S: Source,
    F: for<'x> AsyncFn(ArgOf<'x, S>) -> Result<R, E> + Captureless,
    R: Message,
    E: Message,
{
    type Sum = (Vec<R>, Option<E>);
    type Total = Result<Vec<R>, E>;

    async fn add(self, sum: &mut Self::Sum, output: Result<Vec<R>, E>) -> ControlFlow<()> {
        match output {
            Ok(results) => sum.0.extend(results),
            Err(error) => {
                sum.1 = Some(error);
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    async fn finish(self, (results, error): Self::Sum) -> Result<Vec<R>, E> {
        error.map_or(Ok(results), Err)
    }
}

impl<S, F, E> Op<S> for TryForEach<F, E>
where
    S: Source,
    F: for<'x> AsyncFn(ArgOf<'x, S>) -> Result<(), E> + Captureless,
    E: Message,
{
    type Output = Result<(), E>;
    type Named = F;

    async fn run<'x>(self, env: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) -> Result<(), E> {
        for item in items {
            self.0(S::arg(env, item)).await?;
        }
        Ok(())
    }

    fn is_last(output: &Result<(), E>) -> bool {
        output.is_err()
    }
}

impl<S, F, E> End<S> for TryForEach<F, E>
where
    S: Source,
    F: for<'x> AsyncFn(ArgOf<'x, S>) -> Result<(), E> + Captureless,
    E: Message,
{
    type Sum = Option<E>;
    type Total = Result<(), E>;

    async fn add(self, sum: &mut Option<E>, output: Result<(), E>) -> ControlFlow<()> {
        *sum = output.err();
        if sum.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    async fn finish(self, error: Option<E>) -> Result<(), E> {
        error.map_or(Ok(()), Err)
    }
}

impl<S, F, R> Op<S> for Find<F, R>
where
    S: Source,
    F: for<'x> AsyncFn(ArgOf<'x, S>) -> Option<R> + Captureless,
    R: Message,
{
    type Output = Option<R>;
    type Named = F;

    async fn run<'x>(self, env: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) -> Option<R> {
        for item in items {
            if let Some(found) = self.0(S::arg(env, item)).await {
                return Some(found);
            }
        }
        None
    }

    fn is_last(output: &Option<R>) -> bool {
        output.is_some()
    }
}

impl<S, F, R> End<S> for Find<F, R>
where
    S: Source,
    F: for<'x> AsyncFn(ArgOf<'x, S>) -> Option<R> + Captureless,
    R: Message,
{
    type Sum = Option<R>;
    type Total = Option<R>;

    const IS_ORDERED: bool = false;

    async fn add(self, sum: &mut Option<R>, output: Option<R>) -> ControlFlow<()> {
        *sum = output;
        if sum.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    async fn finish(self, found: Option<R>) -> Option<R> {
        found
    }
}

impl<S, F, C, R> Op<S> for Reduce<F, C, R>
where
    S: Source,
    F: for<'x> AsyncFn(ArgOf<'x, S>) -> R + Captureless,
    C: AsyncFn(R, R) -> R + Captureless,
    R: Message,
{
    type Output = Vec<Subtree<R>>;
    type Named = F;

    async fn run<'x>(self, env: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) -> Vec<Subtree<R>> {
        let mut tree = Tree::default();
        tree.extend(items.map(|item| S::arg(env, item)), &self.0, &self.1).await;
        if S::IS_EXACT {
            return tree.into_subtrees();
        }
        // The number of items says nothing about where they are, so the piece is one leaf.
        tree.finish(&self.1).await.map(|result| (0, result)).into_iter().collect()
    }
}

impl<S, F, C, R> End<S> for Reduce<F, C, R>
where
    S: Source,
    F: for<'x> AsyncFn(ArgOf<'x, S>) -> R + Captureless,
    C: AsyncFn(R, R) -> R + Captureless,
    R: Message,
{
    type Sum = Tree<R>;
    type Total = Option<R>;

    async fn add(self, tree: &mut Tree<R>, subtrees: Vec<Subtree<R>>) -> ControlFlow<()> {
        for subtree in subtrees {
            tree.add(subtree, &self.1).await;
        }
        ControlFlow::Continue(())
    }

    async fn finish(self, tree: Tree<R>) -> Option<R> {
        tree.finish(&self.1).await
    }
}
