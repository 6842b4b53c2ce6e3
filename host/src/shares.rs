//! What one instance shares with all others of its run: bytes, which the run keeps once.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::account::Excess;
use crate::tree::Tree;

/// What shared bytes count besides themselves, so that there is a limit for empty ones, too.
const OVERHEAD: u64 = 128;

/// The numbers of what an instance shares. Dropping it shares nothing any more.
pub(crate) struct Shares {
    tree: Arc<Tree>,
    ids: BTreeSet<u64>,
}

impl Shares {
    /// Those of an instance that has shared nothing.
    pub(crate) fn new(tree: Arc<Tree>) -> Self {
        Self { tree, ids: BTreeSet::new() }
    }

    /// Shares bytes, and returns their number.
    ///
    /// # Errors
    ///
    /// The run may not have so much memory.
    pub(crate) fn add(&mut self, bytes: Vec<u8>) -> Result<u64, Excess> {
        self.tree.take_memory(weight(&bytes))?;
        let id = self.tree.keep_shared(bytes);
        self.ids.insert(id);
        Ok(id)
    }

    /// Gives this up, if it is of this instance.
    pub(crate) fn remove(&mut self, id: u64) {
        if self.ids.remove(&id) {
            self.give_up(id);
        }
    }

    /// Gives all up.
    pub(crate) fn clear(&mut self) {
        while let Some(id) = self.ids.pop_first() {
            self.give_up(id);
        }
    }

    fn give_up(&self, id: u64) {
        if let Some(bytes) = self.tree.take_shared(id) {
            self.tree.give_back_memory(weight(&bytes));
        }
    }
}

impl Drop for Shares {
    fn drop(&mut self) {
        self.clear();
    }
}

fn weight(bytes: &[u8]) -> u64 {
    (bytes.len() as u64).saturating_add(OVERHEAD)
}

#[cfg(test)]
mod tests {
    use scheduler::Slots;

    use super::*;
    use crate::{Limits, RunConfig};

    #[test]
    fn shared_bytes_count_until_who_shared_them_gives_them_up() {
        let limits = Limits { memory: 1000, ..Limits::default() };
        let config = RunConfig { limits, ..RunConfig::default() };
        let tree = Arc::new(Tree::new(0, &config, Slots::new(1, 1)));
        let (mut one, mut other) = (Shares::new(Arc::clone(&tree)), Shares::new(Arc::clone(&tree)));
        let id = one.add(vec![7; 600]).unwrap();
        assert_eq!(other.add(vec![8; 400]).unwrap_err().used, 600 + 400 + 2 * OVERHEAD);
        other.remove(id);
        assert_eq!(*tree.shared(id).unwrap(), [7; 600], "only who shared it may give it up");
        let reader = tree.shared(id).unwrap();
        one.remove(id);
        one.remove(id);
        assert!(tree.shared(id).is_none() && reader.len() == 600);
        let next = other.add(vec![8; 800]).unwrap();
        assert_ne!(next, id);
        drop(other);
        assert!(tree.shared(next).is_none());
        assert!(tree.take_memory(1000).is_ok(), "all of it has been given back");
    }

    #[test]
    fn empty_ones_have_a_limit_too() {
        let limits = Limits { memory: 1000, ..Limits::default() };
        let config = RunConfig { limits, ..RunConfig::default() };
        let mut shares = Shares::new(Arc::new(Tree::new(0, &config, Slots::new(1, 1))));
        let count = (0..1000).take_while(|_| shares.add(Vec::new()).is_ok()).count();
        assert_eq!(count as u64, 1000 / OVERHEAD);
    }
}
