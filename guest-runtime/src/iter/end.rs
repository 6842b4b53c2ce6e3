//! Ends: they combine the outputs of the jobs in the caller.

use std::future::Future;
use std::ops::ControlFlow;
use std::panic::Location;

use super::for_all::ForAll;
use super::op::Op;
use super::par::Par;
use super::pieces::Pieces;
use super::plan::{Cut, Plan};
use super::source::Source;

/// An operation with an end.
pub(super) trait End<S: Source>: Op<S> {
    /// What the outputs so far amount to.
    type Sum: Default;

    /// The combined output of all jobs.
    type Total;

    /// Whether outputs are added in the order of the items, rather than as jobs complete.
    const IS_ORDERED: bool = true;

    /// Adds the output of a job. Breaks if no other matters any more.
    fn add(self, sum: &mut Self::Sum, output: Self::Output) -> impl Future<Output = ControlFlow<()>>;

    fn finish(self, sum: Self::Sum) -> impl Future<Output = Self::Total>;
}

impl<S: Source> Par<S> {
    /// Makes the future of an end.
    pub(super) fn end<'a, E: End<S>>(
        self,
        end: E,
        cut: Cut,
        called_at: &'static Location<'static>,
    ) -> ForAll<'a, E::Total>
    where
        S: 'a,
    {
        let (source, plan) = self.into_parts();
        let plan = Plan { cut, ..plan };
        ForAll::new(plan, called_at, async move |plan| {
            let mut pieces = Pieces::new(source, end, plan, called_at);
            let mut sum = E::Sum::default();
            while let Some(output) = pieces.next(E::IS_ORDERED).await? {
                if end.add(&mut sum, output).await.is_break() {
                    break;
                }
            }
            drop(pieces);
            Ok(end.finish(sum).await)
        })
    }
}
