//! What jobs are about, which the rest of this crate never looks at.

/// The kinds of things that a host's jobs are made of.
pub trait JobKind: Sized + 'static {
    /// What all jobs of one parent have in common.
    type Tree: Send + Sync;

    /// What any core has to know to run a job.
    type Spec: Send + Sync;

    /// What the job gets; there until it begins.
    type Message: Send;

    /// What the job leaves behind.
    type Outcome: Send;

    /// Why a job is stopped.
    type Reason: Copy + Send;

    /// A moment of the clock.
    type Moment: Copy + Ord + Send;

    /// How deep a job is in its tree: one more than its parent.
    fn depth(spec: &Self::Spec) -> u32;

    /// Which tree jobs are of; no two have the same number.
    fn tree_id(tree: &Self::Tree) -> u64;

    /// Why a job is stopped whose parent is to stop.
    fn forgotten() -> Self::Reason;

    /// What is told of a job that was stopped for this reason; `None` if nobody is to hear of it.
    fn stopped(spec: &Self::Spec, reason: Self::Reason) -> Option<Self::Outcome>;

    /// Called once for each job, when it is gone and before its parent can know, with what is told of
    /// it.
    fn gone(tree: &Self::Tree, spec: &Self::Spec, outcome: Option<&Self::Outcome>);

    /// Called once for each job, when nobody has it any more: its parent has its outcome, or will never
    /// ask for it. That is mostly where its parent is.
    fn dropped(_tree: &Self::Tree) {}
}

/// What lies in a queue.
pub trait Queued {
    /// Whether nobody needs it any more.
    fn is_stale(&self) -> bool;

    /// How deep it is: of those of a tree that wait, the deepest begin first.
    fn depth(&self) -> u32;

    /// Of which tree it is: trees take turns. The jobs of one that are as deep all are admitted, or none
    /// is.
    fn tree_id(&self) -> u64;
}
