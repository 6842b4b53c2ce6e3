//! Items: the bytes that a job sends to its parent before its result.
//!
//! How they go from the one to the other is the scheduler's business; here is what they count.

use super::account::Excess;
use super::tree::Tree;

/// What an item counts besides its bytes, so that there is a limit for empty ones, too.
const OVERHEAD: usize = 64;

/// Items of this weight are handed over at a time, and at least one. It is much more than a call of the host
/// costs, and little enough for the memory of any parent.
pub(crate) const BATCH: usize = 1 << 20;

/// The items of one job, between it and its parent.
pub(crate) type Channel = scheduler::Channel<Tree>;

/// The items of one instance: those that its jobs have sent, and those that it sends itself.
pub(crate) type Items = scheduler::Items<Tree>;

/// What became of an item.
pub(crate) type Sent = scheduler::Sent<Excess>;

/// Returns what an item of so many bytes counts.
pub(crate) fn weight(bytes: usize) -> usize {
    bytes.saturating_add(OVERHEAD)
}

/// Untaken items count together with the messages of the jobs of the run.
impl scheduler::Budget for Tree {
    const BATCH: usize = BATCH;

    type Item = Vec<u8>;

    type Excess = Excess;

    fn weight(item: &Vec<u8>) -> usize {
        weight(item.len())
    }

    fn queue(&self, weight: usize) -> Result<bool, Excess> {
        self.queue(weight)
    }

    fn could_queue(&self, weight: usize) -> bool {
        self.could_queue(weight)
    }

    fn unqueue(&self, weight: usize) {
        self.unqueue(weight);
    }
}

#[cfg(test)]
mod tests;
