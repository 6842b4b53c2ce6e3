//! The part of the resident memory that belongs to the pool of instances.
//!
//! The pool keeps up to 1 MiB of each memory that was ever used. Which memories are used is random, so this
//! part grows for minutes, more and more slowly. The remaining resident memory must not grow.

use std::fs;
use std::ops::Range;

/// A mapping belongs to the pool if it is larger than this and was created with the host.
const LEAST: u64 = 128 << 20;

/// The address ranges of the pool.
#[derive(Debug)]
pub(super) struct Pool(Vec<Range<u64>>);

impl Pool {
    /// Creates a host, and finds its pool.
    pub(super) fn of<T>(make: impl FnOnce() -> T) -> (Self, T) {
        let before = mappings();
        let made = make();
        let is_new = |range: &Range<u64>| range.end - range.start > LEAST && !before.contains(range);
        (Self(mappings().into_iter().filter(is_new).collect()), made)
    }

    /// Returns the resident bytes of the pool.
    pub(super) fn resident(&self) -> u64 {
        let smaps = fs::read_to_string("/proc/self/smaps").unwrap_or_default();
        let (mut is_pool, mut kibibytes) = (false, 0);
        for line in smaps.lines() {
            if let Some(range) = range(line) {
                is_pool = self.0.iter().any(|part| part.contains(&range.start));
            } else if let Some(resident) = line.strip_prefix("Rss:").filter(|_| is_pool) {
                kibibytes += resident.trim_end_matches("kB").trim().parse().unwrap_or(0);
            }
        }
        kibibytes << 10
    }
}

fn mappings() -> Vec<Range<u64>> {
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    maps.lines().filter_map(range).collect()
}

/// Parses the addresses at the beginning of the line of a mapping.
fn range(line: &str) -> Option<Range<u64>> {
    let (start, end) = line.split_once(' ')?.0.split_once('-')?;
    Some(u64::from_str_radix(start, 16).ok()?..u64::from_str_radix(end, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pool_of_a_host_is_found() {
        let (pool, host) = Pool::of(|| host::Host::new(&host::Config::default()).unwrap());
        let sizes = pool.0.iter().map(|range| range.end - range.start);
        assert!(sizes.sum::<u64>() > 1 << 40, "{pool:?}");
        assert!(pool.resident() < 64 << 20);
        drop(host);
    }
}
