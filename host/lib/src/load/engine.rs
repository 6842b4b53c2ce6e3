//! An engine, configured for many short calls on many cores, within the available address space.

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};
use wasmtime::{ProfilingStrategy, WasmBacktraceDetails};

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
/// A component in Rust has 1 memory and 2 tables, and so has one in JavaScript or Python. So there is room for
/// an app and three components that are plugged into it, in any of these languages. A garbage-collected heap
/// is a memory too. Memories and tables take address space, 4 GiB and 8 MiB each.
const MEMORIES_EACH: u32 = 4;
const TABLES_EACH: u32 = 8;

/// The most memories and tables that one core module may have. Compilers create one of each, and tools that
/// merge modules more. The engine reads at most 100.
const EACH_MODULE: u32 = 100;

/// The most bytes that the engine itself may keep for a core instance besides its memories and tables, and for a
/// component instance. They are allocated on demand, so this only has to be more than enough.
pub(super) const INSTANCE_SIZE: usize = 64 << 20;

/// The most elements of a table. An app whose table begins with more, or declares a larger maximum, has an
/// engine of its own.
pub(super) const TABLE_ELEMENTS: u64 = 1 << 20;

/// The most elements that any table can begin with, by the rules of WebAssembly's tools.
const MOST_ELEMENTS: u64 = 10_000_000;

/// The most bytes of a memory. An app with a 64-bit memory that may be larger has an engine of its own.
pub(super) const MEMORY: u64 = 4 << 30;

/// The most bytes of a 64-bit memory. It is address space for each instance.
const MOST_MEMORY: u64 = 256 << 30;

/// The address space beside a memory in the pool that guards it, and beside a stack. These are estimates, which
/// must not be too low.
const MEMORY_GUARD: u64 = 32 << 20;
const STACK_GUARD: u64 = 64 << 10;

/// The bytes of a table's element.
const ELEMENT: u64 = 8;

/// The part of each stack that is for the host's functions, which the guest calls.
const STACK_OF_HOST: usize = 1536 << 10;

/// The most address space that the pool of an app with many or large parts may take: a quarter of what a
/// process has.
const POOL_OF_ONE_APP: u64 = 32 << 40;

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

/// The parts of an instance that an engine has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts {
    /// The number of memories and tables.
    pub(crate) memories: u32,
    pub(crate) tables: u32,
    /// The size of the largest memory, in bytes, and of the largest table, in elements.
    pub(crate) memory: u64,
    pub(crate) table: u64,
}

/// What an app needs of its engine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Demand {
    /// Whether it needs the concurrency of WASI 0.3. A call into an engine that has it takes longer.
    pub(crate) concurrency: bool,
    /// Whether its stacks have places in the source. Its compiled code is larger then.
    pub(crate) places: bool,
    pub(crate) parts: Parts,
}

impl Default for Parts {
    /// Returns what an engine for most apps has.
    fn default() -> Self {
        Self { memories: MEMORIES_EACH, tables: TABLES_EACH, memory: MEMORY, table: TABLE_ELEMENTS }
    }
}

impl Parts {
    /// Returns room for a memory and a table of these sizes, if they are larger than in most apps.
    pub(crate) fn with_sizes(memory: u64, table: u64) -> Self {
        let (memory, table) = (memory.clamp(MEMORY, MOST_MEMORY), table.clamp(TABLE_ELEMENTS, MOST_ELEMENTS));
        Self { memory: memory.next_multiple_of(64 << 10), table, ..Self::default() }
    }

    /// Returns room for this many memories and tables in each instance.
    pub(crate) fn with_numbers(self, memories: u32, tables: u32) -> Self {
        // One more may be the heap of the garbage collector.
        let memories = memories.saturating_add(1);
        Self { memories: memories.max(MEMORIES_EACH), tables: tables.max(TABLES_EACH), ..self }
    }

    /// Returns the address space of an instance's memories and tables.
    fn space(self) -> u64 {
        let memories = u64::from(self.memories) * (self.memory + MEMORY_GUARD);
        memories + u64::from(self.tables) * (self.table * ELEMENT).next_multiple_of(4 << 10)
    }
}

impl Room {
    /// Returns the address space of a pool with this capacity.
    fn space(self, parts: Parts, stack: usize) -> u64 {
        let stack = (stack + STACK_OF_HOST) as u64 + STACK_GUARD;
        u64::from(self.parts_of) * parts.space() + u64::from(self.instances) * stack
    }

    /// Returns half of this capacity, if that is enough for a pool.
    fn half(self) -> Option<Self> {
        let half = Self { instances: (self.instances / 2).max(1), parts_of: self.parts_of / 2 };
        (half.parts_of >= LEAST_POOLED).then_some(half)
    }

    /// Returns the capacity for instances with other than the default parts, at most as many as `self` has.
    fn of_one_app(self, parts: Parts) -> Self {
        let fitting = u32::try_from(POOL_OF_ONE_APP / parts.space()).unwrap_or(u32::MAX);
        let instances = self.instances.min(fitting).max(1);
        Self { instances, parts_of: instances }
    }
}

/// An engine, and the room in its pool.
pub(crate) struct Pooled {
    pub(crate) engine: Engine,
    /// `None` if it has no pool.
    pub(crate) room: Option<Room>,
    /// How many concurrent instances it may have.
    pub(crate) instances: u32,
}

impl Pooled {
    /// Returns how many instances with this many memories and tables its pool has room for.
    pub(crate) fn holds(&self, parts: Parts, memories: u32, tables: u32) -> u32 {
        let Some(room) = self.room else { return u32::MAX };
        // One more may be the heap of the garbage collector.
        let memories = room.parts_of.saturating_mul(parts.memories) / memories.saturating_add(1);
        memories.min(room.parts_of.saturating_mul(parts.tables) / tables.max(1))
    }
}

/// Creates an engine for apps with this demand, with at most as much room as requested.
///
/// A large pool is tried first, then smaller ones. If there is no room for any, in a process with `ulimit -v` or `-d`,
/// or on a machine with few address bits, instances are allocated one by one, with memories that take only
/// what they need. Creating such an instance takes longer, and its code checks the bounds of memories
/// explicitly.
///
/// A pool leaves as much address space as it takes, for compiled code, threads and files.
pub(crate) fn new(demand: Demand, room: Room, host: &HostConfig) -> Result<Pooled, Error> {
    let cores = host.cores.get() as u64 * CORE_SPACE;
    let space = machine::address_space().map(|space| space.saturating_sub(cores));
    if let Some(space) = space.filter(|&space| space < LEAST_SPACE) {
        let left = space >> 20;
        return Err(Error::address_space(format_args!("{left} MiB are left")));
    }
    let parts = demand.parts;
    let is_default = parts == Parts::default();
    let mut next = Some(if is_default { room } else { room.of_one_app(parts) });
    while let Some(room) = next {
        next = room.half();
        if space.is_some_and(|space| room.space(parts, host.stack) > space / 2) {
            continue;
        }
        let mut config = config(demand, host);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(room, parts)));
        match Engine::new(&config) {
            Ok(engine) => return Ok(Pooled { engine, room: Some(room), instances: room.instances }),
            // If this much is not available, half of it might leave nothing; a quarter leaves as much as it
            // takes.
            Err(cause) => {
                tracing::debug!("no pool for {room:?}: {cause:#}");
                next = next.and_then(Room::half);
            }
        }
    }
    one_by_one(demand, room.instances, space, host)
}

/// Creates an engine without a pool. Each instance takes address space when it is created.
fn one_by_one(demand: Demand, wanted: u32, space: Option<u64>, host: &HostConfig) -> Result<Pooled, Error> {
    let engine = Engine::new(&config_one_by_one(demand, host))
        .map_err(|cause| Error::address_space(format_args!("{cause:#}")))?;
    let each = SMALL_INSTANCE + host.stack as u64;
    let fitting = space.map_or(wanted, |space| u32::try_from(space / 2 / each).unwrap_or(u32::MAX));
    let instances = fitting.clamp(1, wanted.max(1));
    tracing::warn!(
        "too little address space for a pool of instances: the app is compiled with more checks, and up to \
         {instances} instances are made at a time; a higher ulimit -v or -d helps"
    );
    Ok(Pooled { engine, room: None, instances })
}

/// Creates an engine whose code runs on one with this demand, but without room for instances.
pub(super) fn to_compile(demand: Demand, is_pooled: bool, host: &HostConfig) -> wasmtime::Result<Engine> {
    if !is_pooled {
        return Engine::new(&config_one_by_one(demand, host));
    }
    let mut config = config(demand, host);
    let one = Room { instances: 1, parts_of: 1 };
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(one, demand.parts)));
    Engine::new(&config)
}

fn config_one_by_one(demand: Demand, host: &HostConfig) -> Config {
    let mut config = config(demand, host);
    config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
    config.memory_reservation(SMALL_MEMORY).memory_reservation_for_growth(SMALL_MEMORY);
    config.memory_guard_size(64 << 10);
    config
}

fn config(demand: Demand, host: &HostConfig) -> Config {
    let mut config = Config::new();
    config.epoch_interruption(host.preemption);
    // WASI 0.2 does not need this, and without it a call costs a third.
    config.concurrency_support(demand.concurrency);
    // A tool may use these instructions wherever they are known, and they cost nothing.
    config.wasm_wide_arithmetic(true);
    // The engine writes the initial memory of an app to a file in memory, which also has the limit of files.
    config.memory_init_cow(!machine::has_small_files());
    config.max_wasm_stack(host.stack).async_stack_size(host.stack + STACK_OF_HOST);
    // The default is an environment variable of the host.
    config.wasm_backtrace_details(match demand.places {
        true => WasmBacktraceDetails::Enable,
        false => WasmBacktraceDetails::Disable,
    });
    if host.perf_map {
        config.profiler(ProfilingStrategy::PerfMap);
    }
    if demand.parts.memory > MEMORY {
        config.memory_reservation(demand.parts.memory);
    }
    config
}

fn pool(Room { instances, parts_of }: Room, parts: Parts) -> PoolingAllocationConfig {
    let size = |size: u64| usize::try_from(size).unwrap_or(usize::MAX);
    // What many parts of one instance keep adds up, and nothing is charged for it.
    let keep = if parts == Parts::default() { KEEP_RESIDENT } else { 0 };
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        // They are only counted.
        .total_core_instances(u32::MAX)
        .total_memories(parts_of.saturating_mul(parts.memories))
        .total_tables(parts_of.saturating_mul(parts.tables))
        .total_stacks(instances)
        .total_gc_heaps(instances)
        .max_memories_per_module(EACH_MODULE)
        .max_tables_per_module(EACH_MODULE)
        .max_memory_size(size(parts.memory))
        .table_elements(size(parts.table))
        .max_core_instance_size(INSTANCE_SIZE)
        .max_component_instance_size(INSTANCE_SIZE)
        .linear_memory_keep_resident(keep)
        .table_keep_resident(keep)
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
        let space = |room: Room| room.space(Parts::default(), 1 << 20);
        while let Some(half) = room.half() {
            assert!(space(half) <= space(room) / 2 + Parts::default().space());
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
        let host = HostConfig::default().with_stack(1 << 20);
        let fitting = |wanted, space| one_by_one(Demand::default(), wanted, space, &host).unwrap().instances;
        assert_eq!(fitting(1_000, None), 1_000);
        assert_eq!(fitting(1_000, Some(1 << 40)), 1_000);
        assert_eq!(fitting(1_000, Some(2 << 30)), 146);
        assert_eq!(fitting(1_000, Some(1 << 20)), 1, "main, or what says that there is no room");
    }

    #[test]
    fn an_app_with_many_parts_has_a_pool_with_room_for_them() {
        let room = Room { instances: 1_193, parts_of: 1_193 };
        let parts = Parts::default().with_numbers(600, 2);
        assert_eq!((parts.memories, parts.tables), (601, TABLES_EACH));
        let own = room.of_one_app(parts);
        assert!((10..20).contains(&own.instances), "{own:?}");
        assert_eq!(room.of_one_app(Parts::with_sizes(0, 2_000_000)).instances, 1_193);
        assert_eq!(room.of_one_app(Parts::default().with_numbers(10_000, 2)).instances, 1);
        let pooled = Pooled { engine: Engine::default(), room: Some(room), instances: 1_193 };
        assert_eq!(pooled.holds(Parts::default(), 1, 2), 2_386);
        assert_eq!(pooled.holds(Parts::default(), 600, 2), 7);
    }

    #[test]
    fn sizes_have_bounds() {
        assert_eq!(Parts::with_sizes(1, 1), Parts::default());
        let largest = Parts::with_sizes(u64::MAX, u64::MAX);
        assert_eq!((largest.memory, largest.table), (MOST_MEMORY, MOST_ELEMENTS));
    }
}
