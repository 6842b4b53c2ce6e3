//! The number of instances a host has room for, and how slots and warm instances share them.

use crate::config::Config;
use crate::load::engine::Room;

/// Returns how many warm instances (without a job) a core keeps. Creating an instance costs far more than
/// calling it.
///
/// The number covers the jobs that may soon wait concurrently again. It is lower on a host with many cores,
/// because each instance takes address space.
fn max_warm(cores: usize) -> usize {
    (1_024 / cores).clamp(16, 64)
}

/// A host without jobs has room for the parts of one more instance per this many instances of a host with jobs.
const SLOTS_OF_MAIN: u32 = 16;

/// The least that `parts_of` is on a host without jobs. It fits the largest module allowed, so that a lack of
/// room is never the component's fault.
const LEAST_PARTS_OF: u32 = 25;

/// Returns the room for the most instances that a host with this configuration may have.
pub(crate) fn room(config: &Config) -> Room {
    let depths = 1 + config.depth as usize;
    let instances = config.slots + config.runs * depths + config.cores.get() * max_warm(config.cores.get());
    let instances = u32::try_from(instances).unwrap_or(u32::MAX);
    Room { instances, parts_of: instances }
}

/// Returns the room of a host whose apps have no jobs, so that each run has one instance, for main. That
/// instance may have many parts. More slots give it more room, too.
pub(crate) fn room_for_mains(config: &Config) -> Room {
    let instances = u32::try_from(config.runs).unwrap_or(u32::MAX);
    let parts_of = instances.saturating_add(room(config).instances / SLOTS_OF_MAIN).max(LEAST_PARTS_OF);
    Room { instances, parts_of }
}

/// Returns the number of slots of a host, and the number of warm instances that each core keeps, if there is
/// room for this many instances at a time.
///
/// If that is less than the configuration asks for, three quarters are slots for jobs of any depth, and an
/// eighth is kept warm. The rest is for jobs that must always be able to start: main, and one job of each
/// depth.
pub(crate) fn fit(config: &Config, instances: u32) -> (usize, usize) {
    let warm = max_warm(config.cores.get());
    if instances >= room(config).instances {
        return (config.slots, warm);
    }
    let instances = instances as usize;
    (config.slots.min(instances * 3 / 4), warm.min(instances / 8 / config.cores))
}
