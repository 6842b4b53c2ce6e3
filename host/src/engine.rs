//! The engine, set up for many short calls on many cores.

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::Error;

/// Memory of an instance that stays mapped when the instance is gone.
///
/// Most guests use less. Without it a fresh instance costs 50 us instead of 15, nearly all of it
/// in the kernel, which takes away pages and gives them back.
const KEEP_RESIDENT: usize = 1 << 20;

/// What one instance may be made of if there are as many as there may be; an app of more parts gets
/// fewer instances at a time.
///
/// A component of Rust has 3 core instances, 1 memory and 2 tables, one of JavaScript 4, 1 and 2, one of
/// Python 14, 1 and 2. So there is room for an app and three components that are plugged into it,
/// whatever they are written in. Core instances are only counted; memories and tables are address space,
/// 4 GiB and 0.8 MB each.
const CORE_INSTANCES_EACH: u32 = 64;
const MEMORIES_EACH: u32 = 4;
const TABLES_EACH: u32 = 8;

/// How much of that one core module may have; compilers make one of each, and tools that merge modules
/// more. The engine reads no more than 100.
const EACH_MODULE: u32 = 100;

/// What the engine itself needs for an instance besides its memories: allocated as it is needed, so
/// this only has to be more than enough.
const INSTANCE_SIZE: usize = 64 << 20;

/// The largest table of a JavaScript engine has 30,000 elements. What a table has is not counted as memory,
/// so it is not much.
const TABLE_ELEMENTS: usize = 100_000;

/// How much an engine has room for. It is address space, taken at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    /// How many instances there may be at a time. Each has a stack, whose guard page is a system call: for a
    /// thousand, that is most of what it takes to make an engine.
    pub(crate) instances: u32,
    /// All together have as many parts as so many that are of one component each, and three plugs.
    pub(crate) parts_of: u32,
}

/// An engine with so much room.
///
/// Where the process may not have that much address space, instances are allocated one by one, which is
/// slower and has no limit.
pub(crate) fn new(room: Room, preemption: bool) -> Result<Engine, Error> {
    let mut config = config(preemption);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(room)));
    match Engine::new(&config) {
        Ok(engine) => Ok(engine),
        Err(cause) => {
            tracing::warn!("no instance pool, every instance is allocated on its own: {cause:#}");
            config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
            Engine::new(&config).map_err(|cause| Error::resources("set up the WebAssembly engine", cause))
        }
    }
}

fn config(preemption: bool) -> Config {
    let mut config = Config::new();
    config.epoch_interruption(preemption);
    // WASI 0.2 needs none of it, and without it a call costs a third.
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
