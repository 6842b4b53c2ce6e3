//! The jobs of this instance: asks the host to run them and hands out what became of them.
//!
//! All jobs share one pollable. When it is ready, one call takes every completion there is.

use std::cell::RefCell;
use std::task::{Context, Poll, Waker};

use super::entry::Entry;
use crate::Failure;
use crate::bindings::parallel::futures::jobs as host;
use crate::reactor::Registration;

pub(super) fn cores() -> usize {
    host::cores() as usize
}

/// A started job. Dropping it cancels the job, and everything that the job has started.
#[derive(Debug)]
pub(super) struct Job {
    number: u32,
}

enum Slot {
    /// Not a job of ours, or no longer.
    Free,
    Running(Waker),
    Completed(Outcome),
}

type Outcome = Result<Vec<u8>, Failure>;

/// What is known of each job, by its number: the host gives out the lowest that is free.
#[derive(Default)]
struct Jobs {
    slots: Vec<Slot>,
    running: usize,
    /// Made with the first job and kept; the reactor looks at it only while jobs are running.
    completions: Option<Registration>,
}

thread_local! {
    static JOBS: RefCell<Jobs> = RefCell::default();
}

impl Job {
    pub(super) fn start(entry: &'static Entry, message: &[u8], waker: Waker) -> Self {
        let number = host::start(entry.number(), message);
        JOBS.with_borrow_mut(|jobs| jobs.insert(number, waker));
        Self { number }
    }

    /// The outcome, once: afterwards this job does not exist.
    pub(super) fn poll(&mut self, context: &Context<'_>) -> Poll<Outcome> {
        JOBS.with_borrow_mut(|jobs| {
            let slot = &mut jobs.slots[self.number as usize];
            if let Slot::Running(waker) = slot {
                waker.clone_from(context.waker());
                return Poll::Pending;
            }
            match std::mem::replace(slot, Slot::Free) {
                Slot::Completed(outcome) => Poll::Ready(outcome),
                Slot::Free | Slot::Running(_) => panic!("a parallel future was polled after it was ready"),
            }
        })
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let was_running = JOBS.with_borrow_mut(|jobs| {
            let slot = std::mem::replace(&mut jobs.slots[self.number as usize], Slot::Free);
            let was_running = matches!(slot, Slot::Running(_));
            if was_running {
                jobs.ended(1);
            }
            was_running
        });
        if was_running {
            host::cancel(self.number);
        }
    }
}

impl Jobs {
    fn insert(&mut self, number: u32, waker: Waker) {
        let index = number as usize;
        if index >= self.slots.len() {
            self.slots.resize_with(index + 1, || Slot::Free);
        }
        self.slots[index] = Slot::Running(waker);
        self.running += 1;
        if self.running == 1 {
            self.completions.get_or_insert_with(|| Registration::new(host::subscribe())).tell_owner(collect);
        }
    }

    fn ended(&mut self, count: usize) {
        self.running -= count;
        if self.running == 0
            && let Some(completions) = &self.completions
        {
            completions.tell_nobody();
        }
    }
}

/// Takes all completions and wakes who waits for them. The reactor calls this.
fn collect() {
    let completions = host::completed();
    let mut woken = Vec::with_capacity(completions.len());
    JOBS.with_borrow_mut(|jobs| {
        for completion in completions {
            let slot = &mut jobs.slots[completion.job as usize];
            let outcome = completion.outcome.map_err(Failure::from);
            if let Slot::Running(waker) = std::mem::replace(slot, Slot::Completed(outcome)) {
                woken.push(waker);
            }
        }
        jobs.ended(woken.len());
    });
    // Nothing is borrowed here: a waker may run anything.
    woken.into_iter().for_each(Waker::wake);
}
