//! The memories and tables of one instance, charged against the limits of the instance and of the run.

use std::sync::Arc;

use wasmtime::ResourceLimiter;

use crate::job::account::Excess;
use crate::job::tree::Tree;

/// The bytes that an element of a table takes: a pointer.
///
/// Elements of some types take less. Elements that take more belong to a proposal that is switched off.
const ELEMENT: u64 = size_of::<usize>() as u64;

/// The text, for people, that names the limit of memory that the system refuses.
const ADDRESS_SPACE: &str = "the address space of the host, ulimit -v";

/// The memory of an instance, and its limit. Dropping it gives all of the memory back to the run.
pub(crate) struct Memory {
    tree: Arc<Tree>,
    /// The bytes of all memories and tables of the instance.
    used: u64,
    limit: u64,
    /// The text, for people, that names the setting of the limit.
    setting: &'static str,
    /// The bytes of the last growth, which may still fail.
    grown: u64,
    /// How often a memory or a table was asked to grow, by a guest or on its behalf.
    growths: u64,
    /// Why the instance was last denied memory.
    denied: Option<Excess>,
}

impl Memory {
    /// Creates the record of an instance that has no memory yet, and may have as much as the run.
    pub(crate) fn new(tree: Arc<Tree>) -> Self {
        Self { tree, used: 0, limit: u64::MAX, setting: "", grown: 0, growths: 0, denied: None }
    }

    /// Returns how often a memory or a table was asked to grow since the last reset.
    pub(crate) fn growths(&self) -> u64 {
        self.growths
    }

    pub(crate) fn reset_growths(&mut self) {
        self.growths = 0;
    }

    /// Returns the bytes of all memories and tables.
    pub(crate) fn used(&self) -> u64 {
        self.used
    }

    /// Sets the limit of the next job, and the setting that the limit comes from.
    pub(crate) fn set_limit(&mut self, limit: u64, setting: &'static str) {
        self.limit = limit;
        self.setting = setting;
        self.denied = None;
    }

    /// Takes the reason why the job was last denied memory, if it was.
    pub(crate) fn take_denied(&mut self) -> Option<Excess> {
        self.denied.take()
    }

    /// Returns whether a memory or a table, whose elements have this many bytes, may grow.
    fn growing(&mut self, current: usize, desired: usize, maximum: Option<usize>, size: u64) -> bool {
        self.growths += 1;
        self.grown = 0;
        // Such a growth fails whatever this function returns.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return false;
        }
        let more = desired.saturating_sub(current) as u64;
        self.denied = self.grow(more.saturating_mul(size)).err();
        self.denied.is_none()
    }

    /// Gives the charge of the last growth back to the run, and returns its size.
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
            // The growth was allowed here, and the system refused it.
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
        memory.set_limit(70, "--job-memory");
        assert!(memory.memory_growing(0, 60, None).unwrap());
        assert!(!memory.memory_growing(60, 80, None).unwrap());
        let denied = memory.take_denied().unwrap();
        assert_eq!((denied.limit, denied.used, denied.setting.as_str()), (70, 80, "--job-memory"));
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
