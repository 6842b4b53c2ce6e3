//! How many instances a host has room for, and how the slots and the warm instances share it.

use crate::config::Config;
use crate::load::engine::Room;

/// How many instances without a job a core keeps, because to make one costs far more than to call it.
///
/// As many as there may soon be jobs again that wait side by side; fewer where many cores do that, because
/// each takes address space.
fn max_warm(cores: usize) -> usize {
    (1_024 / cores).clamp(16, 64)
}

/// A main without jobs may be of as many parts as one in so many instances of a host with jobs.
const SLOTS_OF_MAIN: u32 = 16;

/// It has room for the largest module there may be in any case, so that a lack of room is no fault of the
/// component.
const LEAST_PARTS_OF: u32 = 25;

/// How many instances there may be on such a host, at most.
pub(crate) fn room(config: &Config) -> Room {
    let depths = 1 + config.depth as usize;
    let instances = config.slots + config.runs * depths + config.cores.get() * max_warm(config.cores.get());
    let instances = u32::try_from(instances).unwrap_or(u32::MAX);
    Room { instances, parts_of: instances }
}

/// The same where no app has jobs, so that each run has an instance for main and no other. That one may be of
/// many parts, and more slots are more room for it here, too.
pub(crate) fn room_for_mains(config: &Config) -> Room {
    let instances = u32::try_from(config.runs).unwrap_or(u32::MAX);
    let parts_of = instances.saturating_add(room(config).instances / SLOTS_OF_MAIN).max(LEAST_PARTS_OF);
    Room { instances, parts_of }
}

/// The slots of such a host, and how many instances without a job each core keeps, where there may be no more
/// than so many instances at a time.
///
/// With fewer than the host was meant to have, three quarters of them are for jobs of any depth, an eighth is
/// kept warm, and the rest is for what must not be kept from beginning: main, and one job of each depth.
pub(crate) fn fit(config: &Config, instances: u32) -> (usize, usize) {
    let warm = max_warm(config.cores.get());
    if instances >= room(config).instances {
        return (config.slots, warm);
    }
    let instances = instances as usize;
    (config.slots.min(instances * 3 / 4), warm.min(instances / 8 / config.cores))
}
