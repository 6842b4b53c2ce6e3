//! Items: what jobs of this instance have sent and nobody has taken yet, and who here would send one.

use std::collections::{BTreeMap, VecDeque};

use super::send_queue::SendQueue;

/// The items of the jobs with a window, and those who wait to send one.
///
/// Jobs without a window have nothing here, and cost nothing.
#[derive(Default)]
pub(super) struct Items {
    /// By the key of the job, from its start until its future is gone.
    untaken: BTreeMap<usize, VecDeque<Vec<u8>>>,
    senders: SendQueue,
}

impl Items {
    /// A job with a window has started.
    pub(super) fn expect(&mut self, key: usize) {
        self.untaken.insert(key, VecDeque::new());
    }

    /// Whether any may come.
    pub(super) fn are_expected(&self) -> bool {
        !self.untaken.is_empty()
    }

    /// Adds one of this job. Returns whether it is the first that its future does not know of.
    pub(super) fn add(&mut self, key: usize, item: Vec<u8>) -> bool {
        let Some(untaken) = self.untaken.get_mut(&key) else { return false };
        untaken.push_back(item);
        untaken.len() == 1
    }

    pub(super) fn take(&mut self, key: usize) -> VecDeque<Vec<u8>> {
        self.untaken.get_mut(&key).map(std::mem::take).unwrap_or_default()
    }

    /// The future of the job is gone.
    pub(super) fn forget(&mut self, key: usize) {
        self.untaken.remove(&key);
    }

    pub(super) fn has_senders(&self) -> bool {
        !self.senders.is_empty()
    }

    /// Those who wait to send an item.
    pub(super) fn senders(&mut self) -> &mut SendQueue {
        &mut self.senders
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_future_is_woken_for_the_first_item_that_it_does_not_know_of() {
        let mut items = Items::default();
        assert!(!items.are_expected() && !items.add(7, vec![0]), "of a job without a window");
        items.expect(7);
        assert!(items.are_expected());
        assert_eq!([1, 2].map(|n| items.add(7, vec![n])), [true, false]);
        assert_eq!(items.take(7), [[1], [2]]);
        assert!(items.add(7, vec![3]));
        items.forget(7);
        assert!(items.take(7).is_empty() && !items.are_expected());
    }
}
