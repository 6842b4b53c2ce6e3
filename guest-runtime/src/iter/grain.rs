//! How many items go into one job.
//!
//! Too few, and the jobs cost more than the work; too many, and at the end one core works on what
//! several could share. Both are known only by measuring: every job says how long it took, and what
//! is left of the time until its result was there is what a job costs. So the first jobs have one
//! item each, and the next ones as many as these have shown to be right.

use std::time::Duration;

/// A job takes so many times what it costs, where there is enough to do for that.
const COSTS: f64 = 25.0;

/// Where there is less to do, so that every core gets something, it still takes so many times its cost.
const LEAST_COSTS: f64 = 4.0;

/// What it takes, in nanoseconds, until a core that sleeps begins. Of less work than that nobody gets a
/// share before it is done.
const WAKE: f64 = 40e3;

/// No job is made longer than that: whoever waits for a result, or for the end of all, waits for it.
const LONGEST: f64 = 2e6;

/// No more bytes of items go into one message: to copy these takes many times what a job costs, longer
/// ones no longer fit into the caches of a core, and a chunk of such a length goes alone, as it lies.
const LONGEST_MESSAGE: usize = 256 << 10;

/// Each core gets about so many of the jobs that are left, so that it does not matter who is late.
const SHARES: f64 = 4.0;

/// What a job costs, in nanoseconds, before that has been measured, and the least and the most that
/// is believed. Until a job is done others may run on its core, so the measure can only be too large.
const JOB: f64 = 4e3;
const LEAST_JOB: f64 = 1e3;
const MOST_JOB: f64 = 50e3;

/// How much an earlier job counts after one more.
const MEMORY: f64 = 0.8;

/// What has been measured of one kind of work, in nanoseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grain {
    job: f64,
    /// Sums over jobs, of which earlier ones count less.
    items: f64,
    took: f64,
}

impl Grain {
    pub(super) const fn unknown() -> Self {
        Self { job: JOB, items: 0.0, took: 0.0 }
    }

    /// A job with so many items took so long on the far side, and so long in all.
    pub(super) fn measured(&mut self, items: usize, took: Duration, in_all: Duration) {
        self.items = self.items * MEMORY + items as f64;
        self.took = self.took * MEMORY + nanoseconds(took);
        let job = nanoseconds(in_all.saturating_sub(took)).clamp(LEAST_JOB, MOST_JOB);
        // The least comes back slowly, in case the host has more to do now.
        self.job = job.min(self.job * 1.01);
    }

    /// What an item takes, if that is known.
    fn item(&self) -> Option<f64> {
        // No clock is finer, and no item free.
        (self.items > 0.0).then(|| (self.took / self.items).max(0.1))
    }

    /// How many items of so many bytes the next job should have, when so many are left for so many
    /// cores; `None` where nobody knows how many are left.
    pub(super) fn next(&self, left: Option<usize>, cores: usize, bytes: usize) -> usize {
        let Some(item) = self.item() else { return 1 };
        let most = (self.job * COSTS).min(LONGEST) / item;
        let fair = left.map_or(most, |left| left as f64 / (cores as f64 * SHARES));
        let least = self.job * LEAST_COSTS / item;
        (fair.clamp(least.min(most), most) as usize).min(LONGEST_MESSAGE / bytes.max(1)).max(1)
    }

    /// Whether so many items are done before others would have begun with them.
    pub(super) fn is_too_small(&self, left: usize) -> bool {
        self.item().is_some_and(|item| left as f64 * item < WAKE)
    }
}

fn nanoseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After some jobs of one item that takes so long, with a microsecond and a half for the rest.
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
    fn what_is_done_before_another_core_begins_is_too_small() {
        assert!(known(5).is_too_small(1_000));
        assert!(!known(5).is_too_small(10_000));
    }
}
