//! Items of this instance: those that its jobs sent and that were not received, and its own waiting senders.

use std::collections::{BTreeMap, VecDeque};

use super::send_queue::SendQueue;

/// The items of the jobs with a window, and the senders of this instance that wait.
///
/// Jobs without a window send no items, and have no entry here.
#[derive(Default)]
pub(super) struct Items {
    /// The items by the key of their job, from its start until its future is dropped.
    untaken: BTreeMap<usize, VecDeque<Vec<u8>>>,
    senders: SendQueue,
}

impl Items {
    /// Adds a job with a window.
    pub(super) fn expect(&mut self, key: usize) {
        self.untaken.insert(key, VecDeque::new());
    }

    /// Returns whether any job may send items.
    pub(super) fn are_expected(&self) -> bool {
        !self.untaken.is_empty()
    }

    /// Adds an item of this job. Returns whether its future has to be woken for it.
    pub(super) fn add(&mut self, key: usize, item: Vec<u8>) -> bool {
        let Some(untaken) = self.untaken.get_mut(&key) else { return false };
        untaken.push_back(item);
        untaken.len() == 1
    }

    pub(super) fn take(&mut self, key: usize) -> VecDeque<Vec<u8>> {
        self.untaken.get_mut(&key).map(std::mem::take).unwrap_or_default()
    }

    /// Removes the job, whose future is dropped.
    pub(super) fn forget(&mut self, key: usize) {
        self.untaken.remove(&key);
    }

    pub(super) fn has_senders(&self) -> bool {
        !self.senders.is_empty()
    }

    /// Returns the senders of this instance that wait.
    pub(super) fn senders(&mut self) -> &mut SendQueue {
        &mut self.senders
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_future_is_woken_for_the_first_new_item() {
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
