//! The jobs of an instance, and what the contract guarantees about them.

use crate::bindings::parallel::futures::jobs::{Completion, Item};

/// A job in flight: it was started, and neither cancelled nor completed.
struct Job {
    number: u32,
    window: u32,
    /// The serial number of the next item.
    next: u32,
    /// How many items were released.
    let_go: u64,
}

/// The jobs of an instance.
#[derive(Default)]
pub(crate) struct Ledger {
    jobs: Vec<Job>,
    /// The largest number of jobs that were in flight at the same time.
    most: usize,
    has_cancelled: bool,
}

macro_rules! violation {
    ($($text:tt)*) => {
        println!("VIOLATION: {}", format_args!($($text)*))
    };
}
pub(crate) use violation;

impl Ledger {
    pub(crate) fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Returns the number of one of these jobs, or a number that no job has.
    pub(crate) fn number(&self, index: u8) -> u32 {
        let index = usize::from(index);
        self.jobs.get(index).map_or(index as u32 ^ u32::MAX, |job| job.number)
    }

    pub(crate) fn started(&mut self, number: Option<u32>, window: u32) {
        let Some(number) = number else {
            // A cancelled job may take a while to end, and occupies its place until then.
            if self.jobs.is_empty() && !self.has_cancelled {
                violation!("a job is not taken, and none is under way");
            }
            return;
        };
        if self.jobs.iter().any(|job| job.number == number) {
            violation!("{number} is the number of two jobs");
        }
        self.jobs.push(Job { number, window, next: 0, let_go: 0 });
        self.most = self.most.max(self.jobs.len());
        if number as usize >= self.most && !self.has_cancelled {
            violation!("{number} is the number of a job, and there were {} at most", self.most);
        }
    }

    pub(crate) fn cancelled(&mut self, number: u32) {
        self.has_cancelled = true;
        self.jobs.retain(|job| job.number != number);
    }

    pub(crate) fn let_go(&mut self, number: u32, count: u32) {
        if let Some(job) = self.jobs.iter_mut().find(|job| job.number == number) {
            // Releasing more items than have arrived gives no credit.
            job.let_go = (job.let_go + u64::from(count)).min(u64::from(job.next));
        }
    }

    pub(crate) fn completed(&mut self, completions: &[Completion]) {
        for Completion { job: number, .. } in completions {
            match self.jobs.iter().position(|job| job.number == *number) {
                Some(index) => drop(self.jobs.swap_remove(index)),
                None => violation!("{number} completes, and is not under way"),
            }
        }
    }

    /// Checks the items that arrived: each carries its serial number within its job.
    ///
    /// The items of a completed job are taken after its completion, before its number is used again.
    pub(crate) fn came(&mut self, items: &[Item]) {
        for Item { job: number, bytes } in items {
            let Some(job) = self.jobs.iter_mut().find(|job| job.number == *number) else { continue };
            let serial = bytes.get(..4).and_then(|serial| Some(u32::from_le_bytes(serial.try_into().ok()?)));
            if serial != Some(job.next) {
                violation!("item {serial:?} of {number} comes, and {} is the next", job.next);
            }
            if bytes.iter().skip(4).any(|&byte| byte != bytes.len() as u8) {
                violation!("an item of {} bytes has bytes of another", bytes.len());
            }
            job.next += 1;
            if u64::from(job.next) - job.let_go > u64::from(job.window) {
                violation!("{number} is ahead by more than its window of {}", job.window);
            }
        }
    }
}
