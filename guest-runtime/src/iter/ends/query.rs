//! A search: which items match, and which match is returned.

use std::ops::ControlFlow;

use super::super::end::End;
use super::super::op::Op;
use super::super::source::{ItemOf, Source};
use crate::Message;

/// What matches, as a type without size.
pub(super) trait Query<S: Source>: Copy + 'static {
    type Found: Message;
    type Total;

    /// The type that jobs are named after.
    type Named;

    fn matches<'x>(
        self,
        env: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, S>>,
    ) -> impl Iterator<Item = Self::Found>;

    fn total(self, found: Option<Self::Found>) -> Self::Total;
}

/// Which match is returned.
pub(super) trait Which: Copy + 'static {
    const IS_ORDERED: bool;
    const IS_LAST: bool;
}

/// The one that is found first.
#[derive(Clone, Copy)]
pub(super) struct Any;

/// The one of the first item.
#[derive(Clone, Copy)]
pub(super) struct First;

/// The one of the last item.
#[derive(Clone, Copy)]
pub(super) struct Last;

impl Which for Any {
    const IS_ORDERED: bool = false;
    const IS_LAST: bool = false;
}

impl Which for First {
    const IS_ORDERED: bool = true;
    const IS_LAST: bool = false;
}

impl Which for Last {
    const IS_ORDERED: bool = true;
    const IS_LAST: bool = true;
}

/// The end that searches.
#[derive(Clone, Copy)]
pub(super) struct Search<Q, W>(pub(super) Q, pub(super) W);

impl<S: Source, Q: Query<S>, W: Which> Op<S> for Search<Q, W> {
    type Output = Option<Q::Found>;
    type Named = Q::Named;

    async fn run<'x>(self, env: S::Env<'x>, items: impl Iterator<Item = ItemOf<'x, S>>) -> Option<Q::Found> {
        let mut matches = self.0.matches(env, items);
        if W::IS_LAST { matches.last() } else { matches.next() }
    }

    fn is_last(found: &Option<Q::Found>) -> bool {
        found.is_some() && !W::IS_LAST
    }
}

impl<S: Source, Q: Query<S>, W: Which> End<S> for Search<Q, W> {
    type Sum = Option<Q::Found>;
    type Total = Q::Total;

    const IS_ORDERED: bool = W::IS_ORDERED;

    async fn add(self, sum: &mut Self::Sum, found: Option<Q::Found>) -> ControlFlow<()> {
        let is_end = found.is_some() && !W::IS_LAST;
        if found.is_some() {
            *sum = found;
        }
        if is_end { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    async fn finish(self, found: Self::Sum) -> Q::Total {
        self.0.total(found)
    }
}
