//! The bytes that one instance shares with all others of its run. The host keeps them once.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::account::{Charge, Excess};
use super::tree::Tree;

/// The charge for shared bytes besides the bytes: their entries in two tables, one of which may have just
/// doubled its capacity.
const OVERHEAD: u64 = 256;

/// The numbers of the bytes that an instance shares. Dropping this ends their sharing.
pub(crate) struct Shares {
    tree: Arc<Tree>,
    ids: BTreeSet<u64>,
}

impl Shares {
    /// Creates the record of an instance that has shared nothing.
    pub(crate) fn new(tree: Arc<Tree>) -> Self {
        Self { tree, ids: BTreeSet::new() }
    }

    /// Charges this many bytes, before they are [shared](Self::add).
    ///
    /// # Errors
    ///
    /// The run has no memory for them.
    pub(crate) fn charge(&self, bytes: usize) -> Result<Charge, Excess> {
        Charge::take(self.tree.account(), (bytes as u64).saturating_add(OVERHEAD))
    }

    /// Shares bytes that have been charged. Returns their number.
    pub(crate) fn add(&mut self, bytes: Vec<u8>, charge: Charge) -> u64 {
        let id = self.tree.keep_shared(bytes, charge);
        self.ids.insert(id);
        id
    }

    /// Ends the sharing of these bytes, if this instance shared them.
    pub(crate) fn remove(&mut self, id: u64) {
        if self.ids.remove(&id) {
            self.tree.give_up_shared(id);
        }
    }

    /// Ends the sharing of all bytes of this instance.
    pub(crate) fn clear(&mut self) {
        while let Some(id) = self.ids.pop_first() {
            self.tree.give_up_shared(id);
        }
    }
}

impl Drop for Shares {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use scheduler::Slots;

    use super::*;
    use crate::{Limits, RunConfig};

    fn shares(memory: u64) -> [Shares; 2] {
        let limits = Limits { memory, ..Limits::default() };
        let config = RunConfig { limits, ..RunConfig::default() };
        let tree = Arc::new(Tree::new(0, &config, Slots::new(1, 1)));
        [Shares::new(Arc::clone(&tree)), Shares::new(tree)]
    }

    fn add(shares: &mut Shares, bytes: Vec<u8>) -> Result<u64, Excess> {
        let charge = shares.charge(bytes.len())?;
        Ok(shares.add(bytes, charge))
    }

    #[test]
    fn shared_bytes_are_charged_until_who_shared_them_gives_them_up_and_nobody_reads_them() {
        let [mut one, mut other] = shares(1000);
        let tree = Arc::clone(&one.tree);
        let id = add(&mut one, vec![7; 600]).unwrap();
        assert_eq!(add(&mut other, vec![8; 400]).unwrap_err().used, 600 + 400 + 2 * OVERHEAD);
        other.remove(id);
        assert_eq!(*tree.shared(id).unwrap().bytes, [7; 600], "only who shared it may give it up");
        let reader = tree.shared(id).unwrap();
        one.remove(id);
        one.remove(id);
        assert!(tree.shared(id).is_none() && reader.bytes.len() == 600);
        assert!(add(&mut other, vec![8; 700]).is_err(), "they are being read");
        drop(reader);
        let next = add(&mut other, vec![8; 700]).unwrap();
        assert_ne!(next, id);
        drop(other);
        assert!(tree.shared(next).is_none());
        assert!(tree.take_memory(1000).is_ok(), "all of it has been given back");
    }

    #[test]
    fn empty_ones_have_a_limit_too() {
        let [mut one, _other] = shares(1000);
        let count = (0..1000).take_while(|_| add(&mut one, Vec::new()).is_ok()).count();
        assert_eq!(count as u64, 1000 / OVERHEAD);
    }
}
