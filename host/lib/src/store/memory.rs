//! The memories and tables of one instance, counted against what it and the run may have.

use std::sync::Arc;

use wasmtime::ResourceLimiter;

use crate::job::account::Excess;
use crate::job::tree::Tree;

/// What an element of a table takes: a pointer.
///
/// Some types of elements take less. Those that take more are of a proposal that is switched off.
const ELEMENT: u64 = size_of::<usize>() as u64;

/// What limits memory that the system refuses, for people.
const ADDRESS_SPACE: &str = "the address space of the host, ulimit -v";

/// What an instance has, and may have. Dropping it gives all of it back to the run.
pub(crate) struct Memory {
    tree: Arc<Tree>,
    /// The bytes of all its memories and tables.
    used: u64,
    limit: u64,
    /// What sets that, for people.
    setting: &'static str,
    /// The bytes of the last growth, which may still fail.
    grown: u64,
    /// How often it was asked to grow, by a guest or for one.
    growths: u64,
    /// What it was last denied.
    denied: Option<Excess>,
}

impl Memory {
    /// Of an instance that has none yet, and may have as much as the run.
    pub(crate) fn new(tree: Arc<Tree>) -> Self {
        Self { tree, used: 0, limit: u64::MAX, setting: "", grown: 0, growths: 0, denied: None }
    }

    /// How often this or a table was asked to grow since the last reset.
    pub(crate) fn growths(&self) -> u64 {
        self.growths
    }

    pub(crate) fn reset_growths(&mut self) {
        self.growths = 0;
    }

    /// How much there is.
    pub(crate) fn used(&self) -> u64 {
        self.used
    }

    /// Begins another job, which may have this much, because of this setting.
    pub(crate) fn set_limit(&mut self, limit: u64, setting: &'static str) {
        self.limit = limit;
        self.setting = setting;
        self.denied = None;
    }

    /// What the job was denied last, if it was.
    pub(crate) fn take_denied(&mut self) -> Option<Excess> {
        self.denied.take()
    }

    /// Whether a memory or a table may grow, whose elements have so many bytes.
    fn growing(&mut self, current: usize, desired: usize, maximum: Option<usize>, size: u64) -> bool {
        self.growths += 1;
        self.grown = 0;
        // Such a growth fails whatever is said here.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return false;
        }
        let more = desired.saturating_sub(current) as u64;
        self.denied = self.grow(more.saturating_mul(size)).err();
        self.denied.is_none()
    }

    /// Gives back what the last growth was charged, and returns how much that was.
    fn grow_failed(&mut self) -> u64 {
        let grown = std::mem::take(&mut self.grown);
        self.used -= grown;
        self.tree.give_back_memory(grown);
        grown
    }

    fn grow(&mut self, more: u64) -> Result<(), Excess> {
        let used = self.used.saturating_add(more);
        if used > self.limit {
            return Err(Excess { limit: self.limit, used, setting: self.setting.to_owned() });
        }
        self.tree.take_memory(more)?;
        self.used = used;
        self.grown = more;
        Ok(())
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.growing(current, desired, maximum, 1))
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        let grown = self.grow_failed();
        if grown > 0 {
            // It was allowed, and the system refused it.
            let (limit, used) = (self.used, self.used + grown);
            self.denied = Some(Excess { limit, used, setting: ADDRESS_SPACE.to_owned() });
        }
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.growing(current, desired, maximum, ELEMENT))
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.grow_failed();
        Ok(())
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.tree.give_back_memory(self.used);
    }
}

#[cfg(test)]
mod tests {
    use scheduler::Slots;

    use super::*;
    use crate::{Limits, RunConfig};

    #[test]
    fn an_instance_has_what_it_and_the_run_may_have() {
        let limits = Limits { memory: 100, ..Limits::default() };
        let config = RunConfig { limits, ..RunConfig::default() };
        let tree = Arc::new(Tree::new(0, &config, Slots::new(1, 1)));
        let mut memory = Memory::new(Arc::clone(&tree));
        memory.set_limit(70, "memory of a job");
        assert!(memory.memory_growing(0, 60, None).unwrap());
        assert!(!memory.memory_growing(60, 80, None).unwrap());
        let denied = memory.take_denied().unwrap();
        assert_eq!((denied.limit, denied.used, denied.setting.as_str()), (70, 80, "memory of a job"));
        assert!(!memory.memory_growing(60, 65, Some(64)).unwrap(), "its own maximum");
        assert!(memory.take_denied().is_none());

        assert!(memory.memory_growing(60, 70, None).unwrap());
        memory.memory_grow_failed(wasmtime::Error::msg("no address space")).unwrap();
        let denied = memory.take_denied().unwrap();
        assert_eq!((denied.limit, denied.used, denied.setting.as_str()), (60, 70, ADDRESS_SPACE));

        let mut other = Memory::new(Arc::clone(&tree));
        assert!(!other.memory_growing(0, 50, None).unwrap());
        let denied = other.take_denied().unwrap();
        assert_eq!((denied.limit, denied.used), (100, 110));
        drop(memory);
        assert!(other.memory_growing(0, 50, None).unwrap());
    }

    #[test]
    fn a_table_takes_memory_as_well() {
        let limits = Limits { memory: 100, ..Limits::default() };
        let config = RunConfig { limits, ..RunConfig::default() };
        let tree = Arc::new(Tree::new(0, &config, Slots::new(1, 1)));
        let mut memory = Memory::new(Arc::clone(&tree));
        assert!(memory.table_growing(0, 12, None).unwrap());
        assert!(!memory.table_growing(12, 13, None).unwrap());
        assert_eq!(memory.take_denied().unwrap().used, 104);
        assert!(!memory.table_growing(12, 13, Some(12)).unwrap(), "its own maximum");
        assert!(memory.take_denied().is_none() && memory.memory_growing(0, 4, None).unwrap());
        memory.memory_grow_failed(wasmtime::Error::msg("no room")).unwrap();
        assert!(memory.memory_growing(0, 4, None).unwrap());
        drop(memory);
        assert!(tree.take_memory(100).is_ok());
    }
}
