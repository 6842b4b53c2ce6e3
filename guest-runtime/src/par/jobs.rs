//! The jobs of this instance: asks the host to run them and hands out what became of them.
//!
//! All jobs share one pollable. When it is ready, one call takes every completion there is.

use std::cell::RefCell;
use std::task::{Context, Poll, Waker};

use slab::Slab;
use wasi::io::poll::Pollable;

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
    /// Which slot: a key of ours. The host may give the number of a completed job to the next one
    /// before the outcome has been asked for.
    key: usize,
}

enum Slot {
    /// The outcome has been handed out.
    Taken,
    Running(u32, Waker),
    Completed(Outcome),
}

type Outcome = Result<Vec<u8>, Failure>;

/// What is known of each job that has a future.
#[derive(Default)]
struct Jobs {
    slots: Slab<Slot>,
    /// The key of each running job, by its number, which is small.
    keys: Vec<usize>,
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
        Self { key: JOBS.with_borrow_mut(|jobs| jobs.insert(number, waker)) }
    }

    /// The outcome, once: afterwards this job does not exist.
    pub(super) fn poll(&mut self, context: &Context<'_>) -> Poll<Outcome> {
        // What was in the slot is dropped when nothing is borrowed: dropping a waker may run anything.
        let before = JOBS.with_borrow_mut(|jobs| {
            let slot = &mut jobs.slots[self.key];
            let after = match slot {
                Slot::Running(_, waker) if waker.will_wake(context.waker()) => return None,
                Slot::Running(number, _) => Slot::Running(*number, context.waker().clone()),
                Slot::Completed(_) | Slot::Taken => Slot::Taken,
            };
            Some(std::mem::replace(slot, after))
        });
        match before {
            None | Some(Slot::Running(..)) => Poll::Pending,
            Some(Slot::Completed(outcome)) => Poll::Ready(outcome),
            Some(Slot::Taken) => panic!("a parallel future was polled after it was ready"),
        }
    }

    /// A pollable of this job alone.
    pub(super) fn pollable(&self) -> Pollable {
        let number = JOBS.with_borrow(|jobs| match jobs.slots[self.key] {
            Slot::Running(number, _) => Some(number),
            // The number may be that of another job by now.
            Slot::Completed(_) | Slot::Taken => None,
        });
        number.map_or_else(always_ready, host::subscribe_to)
    }
}

/// The pollable of a job that has ended.
///
/// Not a timer of no duration, which wasmtime lets be ready only when it is asked again.
pub(super) fn always_ready() -> Pollable {
    // Numbers are small: this is none.
    host::subscribe_to(u32::MAX)
}

impl Drop for Job {
    fn drop(&mut self) {
        let before = JOBS.with_borrow_mut(|jobs| {
            let before = jobs.slots.remove(self.key);
            if let Slot::Running(..) = before {
                jobs.ended(1);
            }
            before
        });
        if let Slot::Running(number, _) = &before {
            host::cancel(*number);
        }
    }
}

impl Jobs {
    fn insert(&mut self, number: u32, waker: Waker) -> usize {
        let key = self.slots.insert(Slot::Running(number, waker));
        let index = number as usize;
        if index >= self.keys.len() {
            self.keys.resize(index + 1, usize::MAX);
        }
        self.keys[index] = key;
        self.running += 1;
        if self.running == 1 {
            self.completions.get_or_insert_with(|| Registration::new(host::subscribe())).tell_owner(collect);
        }
        key
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

/// Takes all completions and wakes who waits for them. The reactor calls this, and who looks at a
/// job without it.
pub(super) fn collect() {
    let completions = host::completed();
    let mut woken = Vec::with_capacity(completions.len());
    JOBS.with_borrow_mut(|jobs| {
        for completion in completions {
            let slot = &mut jobs.slots[jobs.keys[completion.job as usize]];
            let outcome = completion.outcome.map_err(Failure::from);
            if let Slot::Running(_, waker) = std::mem::replace(slot, Slot::Completed(outcome)) {
                woken.push(waker);
            }
        }
        jobs.ended(woken.len());
    });
    // Nothing is borrowed here: a waker may run anything.
    woken.into_iter().for_each(Waker::wake);
}
