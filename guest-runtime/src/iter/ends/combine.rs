//! Ends that combine all items into one value.
//!
//! Each job combines the items of its piece, and the caller combines those values in pairs, pairs of pairs and
//! so on. For an operation that is not associative, such as adding floats, pieces are cut by the number of
//! items alone, so the result is the same on any number of cores.

use std::ops::ControlFlow;

use super::super::end::End;
use super::super::op::Op;
use super::super::reduction::Tree;
use super::super::source::{ItemOf, Source};
use crate::Message;

/// How items are combined, as a type without size.
pub(super) trait Combine<S: Source>: Copy + 'static {
    /// What the items of a piece amount to.
    type Value: Message;

    type Total;

    /// The type that jobs are named after.
    type Named;

    /// Combines the items of a piece; `None` if there are none.
    fn combine<'x>(self, env: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) -> Option<Self::Value>;

    fn join(self, left: Self::Value, right: Self::Value) -> Self::Value;

    fn total(self, value: Option<Self::Value>) -> Self::Total;
}

/// The end that combines.
#[derive(Clone, Copy)]
pub(super) struct Combined<C>(pub(super) C);

impl<S: Source, C: Combine<S>> Op<S> for Combined<C> {
    type Output = Option<C::Value>;
    type Named = C::Named;

    async fn run<'x>(self, env: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) -> Option<C::Value> {
        self.0.combine(env, items)
    }
}

impl<S: Source, C: Combine<S>> End<S> for Combined<C> {
    type Sum = Tree<C::Value>;
    type Total = C::Total;

    async fn add(self, tree: &mut Tree<C::Value>, value: Option<C::Value>) -> ControlFlow<()> {
        if let Some(value) = value {
            tree.add((0, value), &async |left, right| self.0.join(left, right)).await;
        }
        ControlFlow::Continue(())
    }

    async fn finish(self, tree: Tree<C::Value>) -> C::Total {
        self.0.total(tree.finish(&async |left, right| self.0.join(left, right)).await)
    }
}
