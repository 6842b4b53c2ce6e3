//! Items: the bytes that a job sends to its parent before its result.
//!
//! The scheduler transfers them; this module defines their weight.

use super::account::Excess;
use super::tree::Tree;

/// The weight of an item besides its bytes, so that empty items have a limit, too.
const OVERHEAD: usize = 64;

/// The weight of the items that are handed over at a time, which is always at least one item. A batch costs
/// much more than the call of the host that hands it over, and is small enough for the memory of any parent.
pub(crate) const BATCH: usize = 1 << 20;

/// The items of one job, between it and its parent.
pub(crate) type Channel = scheduler::Channel<Tree>;

/// The items of one instance: those sent by its jobs, and those it sends itself.
pub(crate) type Items = scheduler::Items<Tree>;

/// The result of sending an item.
pub(crate) type Sent = scheduler::Sent<Excess>;

/// Returns the weight of an item of this many bytes.
pub(crate) fn weight(bytes: usize) -> usize {
    bytes.saturating_add(OVERHEAD)
}

/// Items that the parent has not taken count together with the messages of the jobs of the run.
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
