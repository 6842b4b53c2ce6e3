//! The engine, set up for many short calls on many cores.

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::Error;

/// Memory of an instance that stays mapped when the instance is gone.
///
/// Most guests use less. Without it a fresh instance costs 50 us instead of 15, nearly all of it
/// in the kernel, which takes away pages and gives them back.
const KEEP_RESIDENT: usize = 1 << 20;

/// What one component may be made of, times the number of instances. A component of Rust has 3
/// core instances, 1 memory and 2 tables; composed ones have more of each.
const CORE_INSTANCES_EACH: u32 = 8;
const MEMORIES_EACH: u32 = 2;
const TABLES_EACH: u32 = 4;

/// An engine with room for this many instances at a time.
///
/// The room is address space, taken at once. Where the process may not have that much, instances
/// are allocated one by one, which is slower and has no limit.
pub(crate) fn new(instances: u32) -> Result<Engine, Error> {
    let mut config = config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(instances)));
    match Engine::new(&config) {
        Ok(engine) => Ok(engine),
        Err(cause) => {
            tracing::warn!("no instance pool, every instance is allocated on its own: {cause:#}");
            config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
            Engine::new(&config).map_err(|cause| Error::resources("set up the WebAssembly engine", cause))
        }
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config.epoch_interruption(true);
    // WASI 0.2 needs none of it, and without it a call costs a third.
    config.concurrency_support(false);
    config
}

fn pool(instances: u32) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(CORE_INSTANCES_EACH))
        .total_memories(instances.saturating_mul(MEMORIES_EACH))
        .total_tables(instances.saturating_mul(TABLES_EACH))
        .total_stacks(instances)
        // The largest table of a JavaScript engine has 30,000 elements.
        .table_elements(100_000)
        .max_core_instance_size(8 << 20)
        .max_component_instance_size(8 << 20)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT)
        .async_stack_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    pool
}
