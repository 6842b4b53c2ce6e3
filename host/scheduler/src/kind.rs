//! The types by which a host describes its jobs. The rest of the crate does not inspect their values.

/// The types of a host's jobs, and the actions at the end of a job.
pub trait JobKind: Sized + 'static {
    /// The state that all jobs of one tree share.
    type Tree: Send + Sync;

    /// The data that a core needs to run a job. It stays with the job.
    type Spec: Send + Sync;

    /// The input of a job. It leaves the job when the job begins.
    type Message: Send;

    /// The value that the parent gets at the end of a job.
    type Outcome: Send;

    /// The reason for a stop.
    type Reason: Copy + Send;

    /// An instant of the host's clock.
    type Moment: Copy + Ord + Send;

    /// Returns the depth of a job in its tree: one more than that of its parent.
    fn depth(spec: &Self::Spec) -> u32;

    /// Returns the number of a tree. No two trees have the same.
    fn tree_id(tree: &Self::Tree) -> u64;

    /// Returns the reason for stopping the jobs of a parent that has to stop.
    fn forgotten() -> Self::Reason;

    /// Returns the outcome of a job that was stopped for this reason. `None` means that its parent gets none.
    fn stopped(spec: &Self::Spec, reason: Self::Reason) -> Option<Self::Outcome>;

    /// Called once for each job, when the job is gone and before its parent can observe that, with the outcome
    /// that the parent gets.
    fn gone(tree: &Self::Tree, spec: &Self::Spec, outcome: Option<&Self::Outcome>);

    /// Called once for each job, when its memory is freed: its parent has taken its outcome, or never will.
    /// Mostly called on the thread of the parent.
    fn dropped(_tree: &Self::Tree) {}
}

/// The properties of a job that the queues use.
pub trait Queued {
    /// Returns whether the job has ended, and only takes up memory in the queue.
    fn is_stale(&self) -> bool;

    /// Returns the depth of the job in its tree. The deepest waiting job of a tree begins first.
    fn depth(&self) -> u32;

    /// Returns the number of the tree. Trees take turns. If the first job of a tree and depth is not admitted,
    /// those behind it wait, too.
    fn tree_id(&self) -> u64;
}
