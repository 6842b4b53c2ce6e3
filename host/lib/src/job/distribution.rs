//! What a run knows about other machines: how many cores they have, and which jobs are worth sending there.
//!
//! A job is worth sending if it takes much longer to run than to send. How long it will take is not known, so the
//! jobs of the same entry that have run here stand for it. Until one has ended, the time for which the first has
//! run says how long they take at least.

use std::array;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::cluster::Cluster;

/// A job has to run this many times longer than it takes to send it. Then nothing is lost by sending it, even if
/// it waits for as long as it runs.
const WORTH: u64 = 8;

/// The time that an empty job takes there and back, as measured in one room.
const LATENCY: u64 = 250_000;

/// The nanoseconds that a byte takes, there and back: 250 MB/s.
const BYTE: u64 = 4;

/// How many entries have a time of their own. Of more, some share one.
const ENTRIES: usize = 256;

/// The weight of an earlier job in the time of an entry, compared with that of the last.
const EARLIER: u64 = 7;

/// The other machines of a run.
#[derive(Debug)]
pub(crate) struct Distribution {
    cluster: Cluster,
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

impl Distribution {
    pub(crate) fn new(cluster: Cluster) -> Self {
        let times = |_| Times { average: AtomicU64::new(0), first: AtomicU64::new(u64::MAX) };
        Self { cluster, since: Instant::now(), entries: array::from_fn(times) }
    }

    /// Returns how many jobs the other machines run at a time.
    pub(crate) fn cores(&self) -> u32 {
        self.cluster.cores()
    }

    /// Returns the time since the start of the run, for [`ended`](Self::ended).
    pub(crate) fn now(&self) -> u64 {
        nanoseconds(self.since.elapsed())
    }

    /// Notes that a job of this entry begins here.
    pub(crate) fn begins(&self, entry: u32, now: u64) {
        self.times(entry).first.fetch_min(now, Ordering::Relaxed);
    }

    /// Notes that a job of this entry, which began at that time, has ended here.
    pub(crate) fn ended(&self, entry: u32, began: u64) {
        let (took, average) = (self.now().saturating_sub(began).max(1), &self.times(entry).average);
        let before = average.load(Ordering::Relaxed);
        let now = if before == 0 { took } else { (before.saturating_mul(EARLIER) + took) / (EARLIER + 1) };
        // Of two cores that write at the same time, either will do.
        average.store(now.max(1), Ordering::Relaxed);
    }

    /// Returns whether a job of this entry, with a message of this many bytes, is worth sending.
    pub(crate) fn is_worth(&self, entry: u32, bytes: usize) -> bool {
        let Times { average, first } = self.times(entry);
        let takes = match average.load(Ordering::Relaxed) {
            0 => self.now().saturating_sub(first.load(Ordering::Relaxed)),
            average => average,
        };
        takes >= WORTH.saturating_mul((bytes as u64).saturating_mul(BYTE).saturating_add(LATENCY))
    }

    fn times(&self, entry: u32) -> &Times {
        // Entries are addresses: the multiplication mixes their bits into the upper ones.
        &self.entries[(entry.wrapping_mul(0x9e37_79b1) >> 24) as usize % ENTRIES]
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
