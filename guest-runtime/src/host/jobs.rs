//! The jobs of this instance: asks the host to run them and hands out what became of them.
//!
//! All jobs share one pollable. When it is ready, one call takes the completions there are, and another the
//! items that jobs have sent; of very many, or very large ones, a batch, and it stays ready for the rest. By
//! the same pollable an instance learns that it has been asked to stop
//! itself, and that it may send an item.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use slab::Slab;
use wasi::io::poll::Pollable;

use super::info::has_no_host;
use super::items::Items;
use super::send_queue::{SendQueue, Turn};
use super::start_queue::StartQueue;
use crate::Failure;
use crate::bindings::parallel::futures::jobs as host;
use crate::reactor::{Interest, Registration};

/// A started job. Dropping it cancels the job, and everything that the job has started.
#[derive(Debug)]
pub(crate) struct Job {
    /// Which slot: a key of ours. The host may give the number of a completed job to the next one
    /// before the outcome has been asked for.
    key: usize,
}

/// What a job gets that others do not.
#[derive(Debug, Clone, Default)]
pub(crate) struct JobOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) memory: Option<u64>,
    pub(crate) fresh: bool,
    /// How many items it may be ahead of us; 0 if it sends none.
    pub(crate) window: u32,
    /// What it is called by those who look at the run, if anybody does.
    pub(crate) name: Option<String>,
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
    /// What the jobs with a window have sent, and who would send.
    items: Items,
    /// Who would start a job, and could not.
    room: StartQueue,
    /// Made with the first job or the first wait, and kept.
    completions: Option<Registration>,
    /// Whether the reactor waits for that when there is nothing else to wait for.
    is_waited_for: bool,
}

thread_local! {
    static JOBS: RefCell<Jobs> = RefCell::default();
    static STOP_REQUESTED: Cell<bool> = const { Cell::new(false) };
}

/// Makes every turn of the reactor look whether this instance is to stop.
pub(crate) fn watch_for_stop() {
    // Who runs no jobs asks for no stop.
    if !has_no_host() {
        JOBS.with_borrow_mut(|jobs| _ = jobs.completions());
    }
}

/// Whether this instance has been asked to stop.
pub(crate) fn is_stop_requested() -> bool {
    STOP_REQUESTED.get()
}

/// What was asked of the job before is not asked of the next.
pub(crate) fn begin_job() {
    STOP_REQUESTED.set(false);
    let _before = JOBS.with_borrow_mut(Jobs::forget_senders);
}

/// Whether a job would have to wait behind others until there is room.
pub(crate) fn is_full() -> bool {
    // With none under way there is room, and nobody whose end would give a turn.
    JOBS.with_borrow(|jobs| jobs.running > 0 && !jobs.room.is_empty())
}

impl Job {
    /// Starts a job, or `None` if there is no room for one.
    pub(crate) fn start(entry: u32, message: &[u8], options: JobOptions, waker: &Waker) -> Option<Self> {
        let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let JobOptions { timeout, memory, fresh, window, name } = options;
        let options = host::Options { timeout: timeout.map(nanoseconds), memory, fresh, window, name };
        let number = host::start(entry, message, &options)?;
        let key = JOBS.with_borrow_mut(|jobs| {
            let key = jobs.insert(number, waker.clone());
            if window > 0 {
                jobs.items.expect(key);
            }
            key
        });
        Some(Self { key })
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

    /// The items that have come in since the last call; also of a job that has ended. Whoever polls the
    /// job takes these first: it is woken for them as for the outcome.
    pub(crate) fn take_items(&mut self) -> VecDeque<Vec<u8>> {
        JOBS.with_borrow_mut(|jobs| jobs.items.take(self.key))
    }

    /// Lets go of so many items that have been taken, so that the job may send more.
    pub(crate) fn more(&self, count: u32) {
        if let Some(number) = self.number() {
            host::more(number, count);
        }
    }

    /// A pollable of this job alone.
    pub(crate) fn pollable(&self) -> Pollable {
        self.number().map_or_else(always_ready, host::subscribe_to)
    }

    fn number(&self) -> Option<u32> {
        JOBS.with_borrow(|jobs| match jobs.slots[self.key] {
            Slot::Running(number, _) => Some(number),
            // The number may be that of another job by now.
            Slot::Completed(_) | Slot::Taken => None,
        })
    }
}

/// The pollable of a job that has ended.
///
/// Not a timer of no duration, which wasmtime lets be ready only when it is asked again.
pub(crate) fn always_ready() -> Pollable {
    // Numbers are small: this is none.
    let pollable = host::subscribe_to(u32::MAX);
    if has_no_host() {
        // Whoever stands in for the host has no pollable but that timer, and it stays ready.
        pollable.block();
    }
    pollable
}

impl Drop for Job {
    fn drop(&mut self) {
        let before = JOBS.with_borrow_mut(|jobs| {
            jobs.items.forget(self.key);
            jobs.slots.remove(self.key)
        });
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
        self.update_interest();
        key
    }

    /// Keeps the reactor waiting for the pollable of all as long as somebody waits for what it says.
    fn update_interest(&mut self) {
        let is_waited_for = self.running > 0 || self.items.has_senders();
        if is_waited_for != self.is_waited_for {
            self.is_waited_for = is_waited_for;
            let interest = if is_waited_for { Interest::Active(collect) } else { Interest::Passive(collect) };
            self.completions().set_interest(interest);
        }
    }

    /// Waits until an item may be sent. Returns the waker from before.
    fn wait_to_send(&mut self, turn: &mut Turn, waker: &Waker) -> Option<Waker> {
        let before = self.items.senders().wait(turn, waker);
        self.update_interest();
        before
    }

    /// There is room for an item. Returns who waits for that, and does not any more.
    #[must_use = "dropping a waker may run anything"]
    fn wake_senders(&mut self) -> Vec<Waker> {
        let senders = self.items.senders().wake();
        if !senders.is_empty() {
            self.update_interest();
        }
        senders
    }

    /// The next job has senders of its own. Returns who waited to send of the last one.
    #[must_use = "dropping a waker may run anything"]
    fn forget_senders(&mut self) -> Vec<Waker> {
        let senders = self.wake_senders();
        *self.items.senders() = SendQueue::default();
        senders
    }

    /// The pollable of all, which the reactor looks at from now on.
    fn completions(&mut self) -> &Registration {
        self.completions.get_or_insert_with(|| {
            let completions = Registration::new(host::subscribe());
            completions.set_interest(Interest::Passive(collect));
            completions
        })
    }

    /// Jobs have ended. Returns who may try now to start one.
    #[must_use = "who waits for room has to be woken"]
    fn ended(&mut self, count: usize) -> Vec<Waker> {
        self.running -= count;
        self.update_interest();
        // One more than have ended: others may have made room too. The last wakes all, because it
        // may be that a turn was given to a future that nobody polls any more.
        self.room.give(if self.running == 0 { usize::MAX } else { count + 1 })
    }
}

/// Takes a batch of completions and one of items, and wakes who waits for them, or to send an item. The
/// reactor calls this, and again as long as there is more.
pub(crate) fn collect() {
    take_batch();
}

/// The same until there is nothing left to take, for who looks at a job without the reactor.
pub(crate) fn collect_all() {
    while take_batch() {}
}

/// Returns whether there was anything to take.
fn take_batch() -> bool {
    let completions = host::completed();
    if completions.is_empty() && host::stopping() {
        STOP_REQUESTED.set(true);
        return false;
    }
    let (takes_items, sends) = JOBS.with_borrow(|jobs| (jobs.items.are_expected(), jobs.items.has_senders()));
    // After the completions: what a job has sent is there when its own is.
    let items = if takes_items { host::items() } else { Vec::new() };
    let may_send = sends && host::may_send();
    let has_taken = !(completions.is_empty() && items.is_empty());
    let mut woken = Vec::with_capacity(completions.len());
    let (room, senders) = JOBS.with_borrow_mut(|jobs| {
        for item in items {
            let key = jobs.keys[item.job as usize];
            // A job that completes is woken below.
            if jobs.items.add(key, item.bytes)
                && let Slot::Running(_, waker) = &jobs.slots[key]
            {
                woken.push(waker.clone());
            }
        }
        let of_items = woken.len();
        for completion in completions {
            let slot = &mut jobs.slots[jobs.keys[completion.job as usize]];
            let outcome = completion.outcome.map_err(Failure::from);
            if let Slot::Running(_, waker) = std::mem::replace(slot, Slot::Completed(outcome)) {
                woken.push(waker);
            }
        }
        let ended = woken.len() - of_items;
        let room = if ended == 0 { Vec::new() } else { jobs.ended(ended) };
        (room, if may_send { jobs.wake_senders() } else { Vec::new() })
    });
    // Nothing is borrowed here: a waker may run anything.
    woken.into_iter().chain(room).chain(senders).for_each(Waker::wake);
    has_taken
}

/// Whether an item may be sent now, and not after those of others that came before.
pub(super) fn may_send(turn: &mut Turn) -> bool {
    JOBS.with_borrow_mut(|jobs| jobs.items.senders().may_try(turn))
}

/// Wakes `waker` when there is room for an item.
pub(super) fn wait_to_send(turn: &mut Turn, waker: &Waker) {
    let _before = JOBS.with_borrow_mut(|jobs| jobs.wait_to_send(turn, waker));
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
