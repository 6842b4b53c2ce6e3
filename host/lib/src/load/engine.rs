//! The engine, configured for many short calls on many cores, within the available address space.

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::config::Config as HostConfig;
use crate::{Error, machine};

/// Memory of an instance that stays mapped after the instance is dropped.
///
/// Most guests use less. Without it a new instance costs 50 us instead of 15, nearly all of it in the kernel,
/// which unmaps pages and maps them again.
const KEEP_RESIDENT: usize = 1 << 20;

/// The number of parts per instance if there are as many instances as possible. An app with more parts gets
/// fewer concurrent instances.
///
/// A component in Rust has 3 core instances, 1 memory and 2 tables, one in JavaScript 4, 1 and 2, one in
/// Python 14, 1 and 2. So there is room for an app and three components that are plugged into it, in any of
/// these languages. Core instances are only counted; memories and tables take address space, 4 GiB and 0.8 MB
/// each.
const CORE_INSTANCES_EACH: u32 = 64;
const MEMORIES_EACH: u32 = 4;
const TABLES_EACH: u32 = 8;

/// The most memories and tables that one core module may have. Compilers create one of each, and tools that
/// merge modules more. The engine reads at most 100.
const EACH_MODULE: u32 = 100;

/// What the engine itself needs for an instance besides its memories. It is allocated on demand, so this only
/// has to be more than enough.
const INSTANCE_SIZE: usize = 64 << 20;

/// The largest table of a JavaScript engine has 30,000 elements. Tables do not count as memory, so this limit
/// is low.
const TABLE_ELEMENTS: usize = 100_000;

/// The address space of one memory in the pool with its guard, of a table, and of a stack. These are
/// estimates, which must not be too low.
const MEMORY_SPACE: u64 = (4 << 30) + (32 << 20);
const TABLE_SPACE: u64 = 1 << 20;
const STACK_SPACE: u64 = (2 << 20) + (64 << 10);

/// The smallest pool that is worth having. Allocated one by one and with small memories, many more instances
/// fit into the same address space.
const LEAST_POOLED: u32 = 100;

/// Without a pool, the initial address space of a memory, and the reserve that it gets when it has to move to
/// grow.
const SMALL_MEMORY: u64 = 2 << 20;

/// The address space of an instance that is allocated by itself: its stack, a small memory that has grown
/// once, and its other parts.
const SMALL_INSTANCE: u64 = 6 << 20;

/// The address space of a core: the stack of its thread, and its allocator's arena.
const CORE_SPACE: u64 = 8 << 20;

/// The least address space with which a component can be compiled at all.
const LEAST_SPACE: u64 = 128 << 20;

/// The capacity of an engine. It is address space that is reserved at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    /// The number of concurrent instances. Each has a stack, whose guard page is a system call: for a
    /// thousand instances, that is most of the time to create an engine.
    pub(crate) instances: u32,
    /// The total number of parts, as a number of instances that consist of one component and three plugs
    /// each.
    pub(crate) parts_of: u32,
}

impl Room {
    /// Returns the address space of a pool with this capacity.
    fn space(self) -> u64 {
        let memories = u64::from(self.parts_of) * u64::from(MEMORIES_EACH) * MEMORY_SPACE;
        let tables = u64::from(self.parts_of) * u64::from(TABLES_EACH) * TABLE_SPACE;
        memories + tables + u64::from(self.instances) * STACK_SPACE
    }

    /// Returns half of this capacity, if that is enough for a pool.
    fn half(self) -> Option<Self> {
        let half = Self { instances: (self.instances / 2).max(1), parts_of: self.parts_of / 2 };
        (half.parts_of >= LEAST_POOLED).then_some(half)
    }
}

/// Creates an engine, and returns how many concurrent instances fit into the address space, at most as many
/// as requested.
///
/// A large pool is tried first, then smaller ones. If there is no room for any, in a process with `ulimit -v`
/// or on a machine with few address bits, instances are allocated one by one, with memories that take only
/// what they need. Creating such an instance takes longer, and its code checks the bounds of memories
/// explicitly.
///
/// A pool leaves as much address space as it takes, for compiled code, threads and files.
pub(crate) fn new(room: Room, host: &HostConfig) -> Result<(Engine, u32), Error> {
    let preemption = host.preemption;
    let cores = host.cores.get() as u64 * CORE_SPACE;
    let space = machine::address_space().map(|space| space.saturating_sub(cores));
    if let Some(space) = space.filter(|&space| space < LEAST_SPACE) {
        let left = space >> 20;
        return Err(Error::address_space(format_args!("{left} MiB are left")));
    }
    let mut next = Some(room);
    while let Some(room) = next {
        next = room.half();
        if space.is_some_and(|space| room.space() > space / 2) {
            continue;
        }
        let mut config = config(preemption);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(room)));
        match Engine::new(&config) {
            Ok(engine) => return Ok((engine, room.instances)),
            // If this much is not available, half of it might leave nothing; a quarter leaves as much as it
            // takes.
            Err(cause) => {
                tracing::debug!("no pool for {room:?}: {cause:#}");
                next = next.and_then(Room::half);
            }
        }
    }
    one_by_one(room.instances, space, preemption)
}

/// Creates an engine without a pool. Each instance takes address space when it is created.
fn one_by_one(wanted: u32, space: Option<u64>, preemption: bool) -> Result<(Engine, u32), Error> {
    let mut config = config(preemption);
    config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
    config.memory_reservation(SMALL_MEMORY).memory_reservation_for_growth(SMALL_MEMORY);
    config.memory_guard_size(64 << 10);
    let engine = Engine::new(&config).map_err(|cause| Error::address_space(format_args!("{cause:#}")))?;
    let fitting = space.map_or(wanted, |space| u32::try_from(space / 2 / SMALL_INSTANCE).unwrap_or(u32::MAX));
    let instances = fitting.clamp(1, wanted.max(1));
    tracing::warn!(
        "too little address space for a pool of instances: the app is compiled with more checks, and up to \
         {instances} instances are made at a time; a higher ulimit -v helps"
    );
    Ok((engine, instances))
}

fn config(preemption: bool) -> Config {
    let mut config = Config::new();
    config.epoch_interruption(preemption);
    // WASI 0.2 does not need this, and without it a call costs a third.
    config.concurrency_support(false);
    config
}

fn pool(Room { instances, parts_of }: Room) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(parts_of.saturating_mul(CORE_INSTANCES_EACH))
        .total_memories(parts_of.saturating_mul(MEMORIES_EACH))
        .total_tables(parts_of.saturating_mul(TABLES_EACH))
        .total_stacks(instances)
        .max_memories_per_module(EACH_MODULE)
        .max_tables_per_module(EACH_MODULE)
        .table_elements(TABLE_ELEMENTS)
        .max_core_instance_size(INSTANCE_SIZE)
        .max_component_instance_size(INSTANCE_SIZE)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT)
        .async_stack_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    pool
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smaller_pools_are_tried_down_to_the_least() {
        let mut room = Room { instances: 1_193, parts_of: 1_193 };
        let mut tried = vec![room.instances];
        while let Some(half) = room.half() {
            assert!(half.space() <= room.space() / 2 + MEMORY_SPACE);
            room = half;
            tried.push(room.instances);
        }
        assert_eq!(tried, [1_193, 596, 298, 149]);
        // Main alone keeps its one instance.
        let mains = Room { instances: 1, parts_of: 250 };
        assert_eq!(mains.half(), Some(Room { instances: 1, parts_of: 125 }));
    }

    #[test]
    fn where_there_is_no_pool_there_are_as_many_instances_as_fit() {
        let fitting = |wanted, space| one_by_one(wanted, space, true).unwrap().1;
        assert_eq!(fitting(1_000, None), 1_000);
        assert_eq!(fitting(1_000, Some(1 << 40)), 1_000);
        assert_eq!(fitting(1_000, Some(2 << 30)), 170);
        assert_eq!(fitting(1_000, Some(1 << 20)), 1, "main, or what says that there is no room");
    }
}
