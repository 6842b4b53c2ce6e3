//! Items: the bytes that a job sends to its parent before its result.
//!
//! How they go from the one to the other is the scheduler's business; here is what they count.

use crate::tree::Tree;

/// What an item counts besides its bytes, so that there is a limit for empty ones, too.
const OVERHEAD: usize = 64;

/// The items of one job, between it and its parent.
pub(crate) type Channel = scheduler::Channel<Tree>;

/// The items of one instance: those that its jobs have sent, and those that it sends itself.
pub(crate) type Items = scheduler::Items<Tree>;

/// Untaken items count together with the messages of the jobs of the run.
impl scheduler::Budget for Tree {
    type Item = Vec<u8>;

    fn weight(item: &Vec<u8>) -> usize {
        item.len().saturating_add(OVERHEAD)
    }

    fn queue(&self, weight: usize) -> bool {
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
