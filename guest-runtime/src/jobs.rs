//! The jobs of this instance: asks the host to run them and hands out what became of them.
//!
//! All jobs share one pollable. When it is ready, one call takes every completion there is. By the
//! same pollable an instance learns that it has been asked to stop itself.

mod room;

use std::cell::{Cell, RefCell};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use slab::Slab;
use wasi::io::poll::Pollable;

use crate::Failure;
use crate::bindings::parallel::futures::jobs as host;
use crate::reactor::Registration;
use room::Room;

pub(crate) fn cores() -> usize {
    host::cores() as usize
}

/// A started job. Dropping it cancels the job, and everything that the job has started.
#[derive(Debug)]
pub(crate) struct Job {
    /// Which slot: a key of ours. The host may give the number of a completed job to the next one
    /// before the outcome has been asked for.
    key: usize,
}

/// What a job gets that others do not.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Options {
    pub(crate) timeout: Option<Duration>,
    pub(crate) memory: Option<u64>,
    pub(crate) fresh: bool,
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
    /// Who would start a job, and could not.
    room: Room,
    /// Made with the first job or the first wait, and kept.
    completions: Option<Registration>,
}

thread_local! {
    static JOBS: RefCell<Jobs> = RefCell::default();
    static STOPPING: Cell<bool> = const { Cell::new(false) };
}

/// Makes every turn of the reactor look whether this instance is to stop.
pub(crate) fn listen() {
    // Natively there is no host that could ask.
    if cfg!(target_family = "wasm") {
        JOBS.with_borrow_mut(|jobs| _ = jobs.completions());
    }
}

/// Whether this instance has been asked to stop.
pub(crate) fn is_stopping() -> bool {
    STOPPING.get()
}

/// What was asked of the job before is not asked of the next.
pub(crate) fn go_on() {
    STOPPING.set(false);
}

/// Whether a job would have to wait behind others until there is room.
pub(crate) fn is_full() -> bool {
    // With none under way there is room, and nobody whose end would give a turn.
    JOBS.with_borrow(|jobs| jobs.running > 0 && !jobs.room.is_empty())
}

/// Above this many bytes the host is asked whether a message may be so long. To copy one takes longer.
const LONG: usize = 1 << 20;

/// Whether a message or a result of so many bytes may cross.
pub(crate) fn check(bytes: usize) -> Result<(), Failure> {
    if bytes > LONG {
        host::check_message(bytes as u64)?;
    }
    Ok(())
}

impl Job {
    /// Starts a job, or `None` if there is no room for one.
    pub(crate) fn start(entry: u32, message: &[u8], options: Options, waker: &Waker) -> Option<Self> {
        let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let Options { timeout, memory, fresh } = options;
        let options = host::Options { timeout: timeout.map(nanoseconds), memory, fresh };
        let number = host::start(entry, message, options)?;
        Some(Self { key: JOBS.with_borrow_mut(|jobs| jobs.insert(number, waker.clone())) })
    }

    /// The outcome, once: afterwards this job does not exist.
    pub(crate) fn poll(&mut self, context: &Context<'_>) -> Poll<Outcome> {
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
    pub(crate) fn pollable(&self) -> Pollable {
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
pub(crate) fn always_ready() -> Pollable {
    // Numbers are small: this is none.
    host::subscribe_to(u32::MAX)
}

impl Drop for Job {
    fn drop(&mut self) {
        let before = JOBS.with_borrow_mut(|jobs| jobs.slots.remove(self.key));
        if let Slot::Running(number, _) = &before {
            host::cancel(*number);
            let room = JOBS.with_borrow_mut(|jobs| jobs.ended(1));
            room.into_iter().for_each(Waker::wake);
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
            self.completions().tell_owner(collect);
        }
        key
    }

    /// The pollable of all, which the reactor looks at from now on.
    fn completions(&mut self) -> &Registration {
        self.completions.get_or_insert_with(|| {
            let completions = Registration::new(host::subscribe());
            completions.tell_owner_in_passing(collect);
            completions
        })
    }

    /// Jobs have ended. Returns who may try now to start one.
    #[must_use = "who waits for room has to be woken"]
    fn ended(&mut self, count: usize) -> Vec<Waker> {
        self.running -= count;
        if self.running == 0 {
            self.completions().tell_owner_in_passing(collect);
        }
        // One more than have ended: others may have made room too. The last wakes all, because it
        // may be that a turn was given to a future that nobody polls any more.
        self.room.give(if self.running == 0 { usize::MAX } else { count + 1 })
    }
}

/// Takes all completions and wakes who waits for them. The reactor calls this, and who looks at a
/// job without it.
pub(crate) fn collect() {
    let completions = host::completed();
    if completions.is_empty() && host::stopping() {
        return STOPPING.set(true);
    }
    let mut woken = Vec::with_capacity(completions.len());
    let room = JOBS.with_borrow_mut(|jobs| {
        for completion in completions {
            let slot = &mut jobs.slots[jobs.keys[completion.job as usize]];
            let outcome = completion.outcome.map_err(Failure::from);
            if let Slot::Running(_, waker) = std::mem::replace(slot, Slot::Completed(outcome)) {
                woken.push(waker);
            }
        }
        if woken.is_empty() { Vec::new() } else { jobs.ended(woken.len()) }
    });
    // Nothing is borrowed here: a waker may run anything.
    woken.into_iter().chain(room).for_each(Waker::wake);
}

/// The ticket of a future that waits until there is room for its job. Dropping it passes on the turn,
/// if that has come.
#[derive(Debug)]
pub(crate) struct Ticket(u64);

impl Ticket {
    /// The last in the queue.
    pub(crate) fn last(waker: &Waker) -> Self {
        Self(JOBS.with_borrow_mut(|jobs| jobs.room.wait(waker.clone())))
    }

    /// Whether the turn has come; else `waker` is woken when it does.
    pub(crate) fn poll(&self, waker: &Waker) -> Poll<()> {
        let (poll, _before) = JOBS.with_borrow_mut(|jobs| jobs.room.poll(self.0, waker));
        poll
    }

    /// There was no room after all: waits for the next turn, before all that came later.
    pub(crate) fn wait_again(&self, waker: &Waker) {
        JOBS.with_borrow_mut(|jobs| jobs.room.wait_again(self.0, waker.clone()));
    }

    /// The turn was used.
    pub(crate) fn leave(self) {
        let _before = JOBS.with_borrow_mut(|jobs| jobs.room.leave(self.0));
        std::mem::forget(self);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let (_before, next) = JOBS.with_borrow_mut(|jobs| {
            let before = jobs.room.leave(self.0);
            let next = if before.is_none() { jobs.room.give(1) } else { Vec::new() };
            (before, next)
        });
        next.into_iter().for_each(Waker::wake);
    }
}
