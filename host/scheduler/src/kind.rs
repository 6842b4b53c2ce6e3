//! The types by which a host describes its jobs. The rest of the crate never looks inside.

/// The types that a host's jobs are made of, and what happens at the end of a job.
pub trait JobKind: Sized + 'static {
    /// What all jobs of one tree share.
    type Tree: Send + Sync;

    /// What a core has to know to run a job. It stays with the job.
    type Spec: Send + Sync;

    /// The input of a job. It leaves the job when the job begins.
    type Message: Send;

    /// What the parent gets at the end of a job.
    type Outcome: Send;

    /// Why a job is stopped.
    type Reason: Copy + Send;

    /// An instant of the host's clock.
    type Moment: Copy + Ord + Send;

    /// Returns the depth of a job in its tree: one more than that of its parent.
    fn depth(spec: &Self::Spec) -> u32;

    /// Returns the number of a tree. No two trees have the same.
    fn tree_id(tree: &Self::Tree) -> u64;

    /// Returns the reason for a stop of a job whose parent has to stop.
    fn forgotten() -> Self::Reason;

    /// Returns the outcome of a job that was stopped for this reason. `None` means that its parent gets none.
    fn stopped(spec: &Self::Spec, reason: Self::Reason) -> Option<Self::Outcome>;

    /// Called once for each job, when it is gone and before its parent can know, with the outcome that the
    /// parent gets.
    fn gone(tree: &Self::Tree, spec: &Self::Spec, outcome: Option<&Self::Outcome>);

    /// Called once for each job, when its memory is freed: its parent has taken its outcome, or never will.
    /// This is mostly on the thread of the parent.
    fn dropped(_tree: &Self::Tree) {}
}

/// What the queues have to know of a job.
pub trait Queued {
    /// Returns whether the job has ended, so that it only takes up memory.
    fn is_stale(&self) -> bool;

    /// Returns the depth of the job in its tree. The deepest waiting job of a tree begins first.
    fn depth(&self) -> u32;

    /// Returns the number of the tree. Trees take turns. Of the jobs of one tree and depth either all are
    /// admitted, or none.
    fn tree_id(&self) -> u64;
}
