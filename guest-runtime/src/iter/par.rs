//! A chain: a source with adapters, until an end turns it into a future.

use super::plan::Plan;

/// A parallel iterator with the methods of rayon's, whose ends are futures.
///
/// `par_iter`, `into_par_iter`, `par_chunks` and others make one; [the module](super) explains it.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let words = ["three", "small", "words", "x"].map(String::from);
///     let long = words.par_iter().filter(|word| word.len() > 1).map(|word| word.len());
///     assert_eq!(long.sum::<usize>().await, 15);
/// });
/// ```
#[must_use = "a parallel iterator does nothing until it has an end that is awaited"]
#[derive(Debug)]
pub struct Par<S> {
    source: S,
    pub(super) plan: Plan,
}

impl<S> Par<S> {
    pub(super) fn new(source: S) -> Self {
        Self { source, plan: Plan::default() }
    }

    pub(super) fn source(&self) -> &S {
        &self.source
    }

    pub(super) fn into_parts(self) -> (S, Plan) {
        (self.source, self.plan)
    }

    pub(super) fn with_source<T>(self, of: impl FnOnce(S) -> T) -> Par<T> {
        Par { source: of(self.source), plan: self.plan }
    }
}
