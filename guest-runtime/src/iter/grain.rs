//! Measures how many items a job should have.
//!
//! With too few items, jobs cost more than their work; with too many, one core still works at the end while
//! the others are idle. Both costs have to be measured: every job returns how long its function ran, and the
//! rest of the time until its result arrived is what a job costs. So the first jobs have one item each, and
//! later ones as many as those measurements suggest.

use std::time::Duration;

/// How many times its cost a job runs, if there are enough items.
const COSTS: f64 = 25.0;

/// How many times its cost a job runs at least, if there are fewer items and every core should get some.
const LEAST_COSTS: f64 = 4.0;

/// How long a sleeping core takes to begin a job, in nanoseconds. Less work than that would be done before
/// another core began.
const WAKE: f64 = 40e3;

/// How long a job runs at most, in nanoseconds: a consumer of results, and the end of the iteration, wait for
/// it.
const LONGEST: f64 = 2e6;

/// How many bytes of items a message has at most. Copying that many takes many times what a job costs, and
/// more would not fit into the caches of a core. A single chunk may be larger; it is sent alone and flat.
const LONGEST_MESSAGE: usize = 256 << 10;

/// How many nanoseconds of work for each of its bytes an item has at most, if it is not worth sending. The copies to
/// another instance and the loads from there take a fourth of that, and more where memory is slow.
const CHEAP: f64 = 1.0;

/// About how many of the jobs that are left each core gets, so that a slow core delays the end little.
const SHARES: f64 = 4.0;

/// What a job costs before that has been measured, and the bounds of a measurement, in nanoseconds. Other jobs
/// may run on the same core meanwhile, so a measurement can only be too large.
const JOB: f64 = 4e3;
const LEAST_JOB: f64 = 1e3;
const MOST_JOB: f64 = 50e3;

/// The weight of earlier jobs after each further one.
const MEMORY: f64 = 0.8;

/// What has been measured of one function, in nanoseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grain {
    job: f64,
    /// Sums over jobs, in which earlier ones have less weight.
    items: f64,
    took: f64,
}

impl Grain {
    pub(super) const fn unknown() -> Self {
        Self { job: JOB, items: 0.0, took: 0.0 }
    }

    /// Records a job: its number of items, how long its function ran, and how long it took in all.
    pub(super) fn measured(&mut self, items: usize, took: Duration, in_all: Duration) {
        self.measured_here(items, took);
        let job = nanoseconds(in_all.saturating_sub(took)).clamp(LEAST_JOB, MOST_JOB);
        // The minimum rises slowly, in case the host has more to do now.
        self.job = job.min(self.job * 1.01);
    }

    /// Records items that were processed without a job.
    pub(super) fn measured_here(&mut self, items: usize, took: Duration) {
        self.items = self.items * MEMORY + items as f64;
        self.took = self.took * MEMORY + nanoseconds(took);
    }

    /// Returns how long an item takes, if that is known.
    fn item(&self) -> Option<f64> {
        // No clock is finer than this, and no item takes no time.
        (self.items > 0.0).then(|| (self.took / self.items).max(0.1))
    }

    /// Returns how many items the next job should have. `left` is the number of items that are left, if it is
    /// known, and `bytes` the size of one.
    pub(super) fn next(&self, left: Option<usize>, cores: usize, bytes: usize) -> usize {
        let Some(item) = self.item() else { return 1 };
        let most = (self.job * COSTS).min(LONGEST) / item;
        let fair = left.map_or(most, |left| left as f64 / (cores as f64 * SHARES));
        let least = self.job * LEAST_COSTS / item;
        (fair.clamp(least.min(most), most) as usize).min(LONGEST_MESSAGE / bytes.max(1)).max(1)
    }

    /// Returns whether sending items of this many bytes takes a good part of the time that processing them takes.
    pub(super) fn is_cheaper_than_sending(&self, bytes: usize) -> bool {
        self.item().is_some_and(|item| item < CHEAP * bytes as f64)
    }

    /// Returns whether this many items would be done before another core had begun.
    pub(super) fn is_too_small(&self, left: usize) -> bool {
        self.item().is_some_and(|item| left as f64 * item < WAKE)
    }
}

/// Into how many pieces items are divided, where results depend on that: enough for every core to have several,
/// and few enough that their results cost little to combine.
const PIECES: usize = 256;

/// How many bytes of items such a piece has at most.
const LONGEST_PIECE: usize = 1 << 20;

/// How much the pieces of an unknown number of items grow: each has this part of the items before it.
const GROWTH: u64 = 64;

/// Returns how many items a piece has that begins after `start` others. It depends on the number of all items,
/// if that is known, but on no measurement.
pub(super) fn fixed_items(total: Option<usize>, start: u64, bytes: usize) -> usize {
    let items = match total {
        Some(total) => total.div_ceil(PIECES),
        None => usize::try_from(start / GROWTH).unwrap_or(usize::MAX),
    };
    items.min(LONGEST_PIECE / bytes.max(1)).max(1)
}

fn nanoseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the measurements of items that take this long, in jobs that cost 1.5 us.
    fn known(nanoseconds: u64) -> Grain {
        let mut grain = Grain::unknown();
        for items in [1, 1, 2, 10] {
            let took = Duration::from_nanos(nanoseconds * items);
            grain.measured(items as usize, took, took + Duration::from_nanos(1500));
        }
        grain
    }

    #[test]
    fn nothing_is_known_at_first() {
        assert_eq!(Grain::unknown().next(Some(1_000_000), 8, 8), 1);
        assert!(!Grain::unknown().is_too_small(1));
    }

    #[test]
    fn many_small_items_make_a_job_that_costs_little() {
        let grain = known(5).next(Some(1 << 30), 8, 8);
        assert!((5_000..20_000).contains(&grain), "{grain} items of 5 ns");
        assert_eq!(known(5).next(None, 8, 8), grain);
    }

    #[test]
    fn no_message_is_too_long() {
        assert_eq!(known(5).next(None, 8, 1 << 10), 256);
        assert_eq!(known(5).next(None, 8, 1 << 30), 1);
    }

    #[test]
    fn every_core_gets_its_share_of_what_is_left() {
        let grain = known(1_000);
        assert_eq!(grain.next(Some(640), 8, 8), 20);
        assert!(grain.next(Some(8), 8, 8) >= 4, "but not less than is worth a job");
    }

    #[test]
    fn large_items_go_alone() {
        assert_eq!(known(10_000_000).next(Some(1 << 20), 2, 8), 1);
        assert!(!known(10_000_000).is_too_small(1));
    }

    #[test]
    fn reading_memory_is_cheaper_than_sending_it() {
        assert!(known(5).is_cheaper_than_sending(8));
        assert!(!known(50).is_cheaper_than_sending(8));
        assert!(!known(1).is_cheaper_than_sending(0), "two ends of a range, say");
        assert!(!Grain::unknown().is_cheaper_than_sending(8), "nothing is known");
    }

    #[test]
    fn what_is_done_before_another_core_begins_is_too_small() {
        assert!(known(5).is_too_small(1_000));
        assert!(!known(5).is_too_small(10_000));
    }
}
