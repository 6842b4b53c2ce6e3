//! How long the jobs of an app take, and which of them are worth sending to another machine.
//!
//! A job is worth sending if it takes much longer to run than to send. How long it will take is not known, so the
//! jobs of the same entry that have run here stand for it. Until one has ended, the time for which the first has
//! run says how long they take at least.

use std::array;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// A job has to run this many times longer than it takes to send it. Then little is lost if it waits there.
const WORTH: u64 = 8;

/// The nanoseconds of the round trip of an empty job, as measured in one room.
const LATENCY: u64 = 250_000;

/// The nanoseconds of the round trip of a byte: 250 MB/s.
const BYTE: u64 = 4;

/// How many entries have a time of their own. Of more, some share one.
const ENTRIES: usize = 256;

/// The weight of the earlier jobs of an entry in its time, compared with that of the last.
const EARLIER: u64 = 7;

/// How long the jobs of each entry of a run take.
#[derive(Debug)]
pub(crate) struct Costs {
    since: Instant,
    entries: [Times; ENTRIES],
}

/// How long the jobs of an entry take, in nanoseconds.
#[derive(Debug)]
struct Times {
    /// The running average, or 0 if none has ended.
    average: AtomicU64,
    /// When the first began, or `u64::MAX` if none has.
    first: AtomicU64,
}

impl Costs {
    pub(crate) fn new() -> Self {
        let times = |_| Times { average: AtomicU64::new(0), first: AtomicU64::new(u64::MAX) };
        Self { since: Instant::now(), entries: array::from_fn(times) }
    }

    /// Returns the nanoseconds since the start of the run.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Notes that a job of this entry begins here.
    pub(crate) fn begins(&self, entry: u32, now: u64) {
        self.times(entry).first.fetch_min(now, Ordering::Relaxed);
    }

    /// Notes that a job of this entry, which began at that time, has ended here.
    pub(crate) fn ended(&self, entry: u32, began: u64, now: u64) {
        let (took, average) = (now.saturating_sub(began).max(1), &self.times(entry).average);
        let before = average.load(Ordering::Relaxed);
        let after = if before == 0 { took } else { (before.saturating_mul(EARLIER) + took) / (EARLIER + 1) };
        // Of two cores that write at the same time, either will do.
        average.store(after.max(1), Ordering::Relaxed);
    }

    /// Returns whether a job of this entry, with a message of this many bytes, is worth sending.
    pub(crate) fn is_worth(&self, entry: u32, bytes: usize, now: u64) -> bool {
        let Times { average, first } = self.times(entry);
        let takes = match average.load(Ordering::Relaxed) {
            0 => now.saturating_sub(first.load(Ordering::Relaxed)),
            average => average,
        };
        takes >= WORTH.saturating_mul((bytes as u64).saturating_mul(BYTE).saturating_add(LATENCY))
    }

    fn times(&self, entry: u32) -> &Times {
        // Entries are addresses: the multiplication mixes their bits into the upper ones.
        &self.entries[(entry.wrapping_mul(0x9e37_79b1) >> 24) as usize % ENTRIES]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    #[test]
    fn short_jobs_stay() {
        let costs = Costs::new();
        costs.begins(16, 0);
        costs.ended(16, 0, MS);
        assert!(!costs.is_worth(16, 0, 100 * MS), "it took a millisecond");
        (0..100).for_each(|_| costs.ended(16, 0, 3 * MS));
        assert!(costs.is_worth(16, 0, 100 * MS), "jobs of the entry take longer now");
        assert!(!costs.is_worth(16, 100_000, 100 * MS), "a message takes time too");
        assert!(!costs.is_worth(32, 0, 100 * MS), "nothing is known of another entry");
    }

    #[test]
    fn long_jobs_leave_before_the_first_has_ended() {
        let costs = Costs::new();
        costs.begins(16, 5 * MS);
        costs.begins(16, 6 * MS);
        assert!(!costs.is_worth(16, 0, 6 * MS));
        assert!(costs.is_worth(16, 0, 7 * MS));
    }
}
