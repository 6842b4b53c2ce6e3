//! The table of the jobs that this instance has started.
//!
//! All jobs share one pollable. When it is ready, one host call collects the outcomes of jobs that have ended,
//! and another the items that jobs have sent. If there are very many or very large ones, a call returns a batch
//! and the pollable stays ready for the rest. The same pollable becomes ready when this instance is asked to
//! stop, and when it may send an item.

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
use crate::bindings::parallel::futures::jobs as imports;
use crate::reactor::{Interest, Registration};

/// A job that has started. Dropping it cancels the job and all jobs that it started.
#[derive(Debug)]
pub(crate) struct Job {
    /// The key of its slot. The host's number of the job cannot serve as the key: the host may reuse it before
    /// the outcome is taken here.
    key: usize,
}

/// The options of a job.
#[derive(Debug, Clone, Default)]
pub(crate) struct JobOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) memory: Option<u64>,
    pub(crate) fresh: bool,
    /// How many items it may be ahead of their receiver; 0 if it sends none.
    pub(crate) window: u32,
    /// Its name for observers, if the run is observed.
    pub(crate) name: Option<String>,
}

enum Slot {
    /// The outcome has been taken.
    Taken,
    Running(u32, Waker),
    Completed(Outcome),
}

type Outcome = Result<Vec<u8>, Failure>;

/// The jobs whose futures exist.
#[derive(Default)]
struct Jobs {
    slots: Slab<Slot>,
    /// The key of each running job by its number. Numbers are small.
    keys: Vec<usize>,
    running: usize,
    /// The items of jobs, and the senders of this instance that wait.
    items: Items,
    /// The jobs that wait for room.
    start_queue: StartQueue,
    /// The pollable of all jobs. Made with the first job or the first wait, and kept.
    completions: Option<Registration>,
    /// Whether the reactor waits for that pollable alone.
    is_waited_for: bool,
}

thread_local! {
    static JOBS: RefCell<Jobs> = RefCell::default();
    static STOP_REQUESTED: Cell<bool> = const { Cell::new(false) };
}

/// Makes every turn of the reactor check whether this instance is asked to stop.
pub(crate) fn watch_for_stop() {
    // Without a host there are no such requests.
    if !has_no_host() {
        JOBS.with_borrow_mut(|jobs| _ = jobs.completions());
    }
}

/// Returns whether this instance has been asked to stop.
pub(crate) fn is_stop_requested() -> bool {
    STOP_REQUESTED.get()
}

/// Prepares this instance for its next job: a request to stop the previous one does not concern it.
pub(crate) fn begin_job() {
    let was_stopping = STOP_REQUESTED.replace(false);
    let _before = JOBS.with_borrow_mut(|jobs| {
        if was_stopping {
            jobs.set_interest();
        }
        jobs.forget_senders()
    });
}

/// Returns whether a new job would have to queue behind others.
pub(crate) fn is_full() -> bool {
    // If no job is running there is room, and none whose end would give a turn.
    JOBS.with_borrow(|jobs| jobs.running > 0 && !jobs.start_queue.is_empty())
}

impl Job {
    /// Starts a job; `None` if there is no room for one.
    pub(crate) fn start(entry: u32, message: &[u8], options: JobOptions, waker: &Waker) -> Option<Self> {
        let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let JobOptions { timeout, memory, fresh, window, name } = options;
        let options = imports::Options { timeout: timeout.map(nanoseconds), memory, fresh, window, name };
        let number = imports::start(entry, message, &options)?;
        let key = JOBS.with_borrow_mut(|jobs| {
            let key = jobs.insert(number, waker.clone());
            if window > 0 {
                jobs.items.expect(key);
            }
            key
        });
        Some(Self { key })
    }

    /// Returns the outcome, once. Afterwards the host does not know this job.
    pub(crate) fn poll(&mut self, context: &Context<'_>) -> Poll<Outcome> {
        // The old slot is dropped after the borrow has ended: dropping a waker may run any code.
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

    /// Takes the items that have arrived since the last call, also of a job that has ended. Its future takes
    /// them before it polls the job, because it is woken for both.
    pub(crate) fn take_items(&mut self) -> VecDeque<Vec<u8>> {
        JOBS.with_borrow_mut(|jobs| jobs.items.take(self.key))
    }

    /// Acknowledges items that were received, so that the job may send more.
    pub(crate) fn more(&self, count: u32) {
        if let Some(number) = self.number() {
            imports::more(number, count);
        }
    }

    /// Returns a pollable of this job alone.
    pub(crate) fn pollable(&self) -> Pollable {
        self.number().map_or_else(always_ready, imports::subscribe_to)
    }

    fn number(&self) -> Option<u32> {
        JOBS.with_borrow(|jobs| match jobs.slots[self.key] {
            Slot::Running(number, _) => Some(number),
            // The number may belong to another job by now.
            Slot::Completed(_) | Slot::Taken => None,
        })
    }
}

/// Returns a pollable that is ready, for a job that has ended.
///
/// A timer with duration zero is no alternative: wasmtime reports it as ready only from the second call on.
pub(crate) fn always_ready() -> Pollable {
    // Numbers are small, so no job has this number.
    let pollable = imports::subscribe_to(u32::MAX);
    if has_no_host() {
        // The stand-in for the host in a portable component returns such a timer, which then stays ready.
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
            imports::cancel(*number);
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

    /// Keeps the reactor waiting for the pollable of all jobs while a job runs or a sender waits.
    fn update_interest(&mut self) {
        let is_waited_for = self.running > 0 || self.items.has_senders();
        if is_waited_for != self.is_waited_for {
            self.is_waited_for = is_waited_for;
            self.set_interest();
        }
    }

    fn set_interest(&mut self) {
        let interest = match self.is_waited_for {
            true => Interest::Active(collect),
            // It is ready from the request on. A destructor that waits for something else would never sleep.
            false if is_stop_requested() => Interest::None,
            false => Interest::Passive(collect),
        };
        self.completions().set_interest(interest);
    }

    /// Makes a sender wait until an item may be sent. Returns its previous waker.
    fn wait_to_send(&mut self, turn: &mut Turn, waker: &Waker) -> Option<Waker> {
        let before = self.items.senders().wait(turn, waker);
        self.update_interest();
        before
    }

    /// Removes the senders that wait, because there is room for an item, and returns their wakers.
    #[must_use = "dropping a waker may run any code"]
    fn wake_senders(&mut self) -> Vec<Waker> {
        let senders = self.items.senders().wake();
        if !senders.is_empty() {
            self.update_interest();
        }
        senders
    }

    /// Removes the senders of the last job, and returns their wakers: the next job has its own.
    #[must_use = "dropping a waker may run any code"]
    fn forget_senders(&mut self) -> Vec<Waker> {
        let senders = self.wake_senders();
        *self.items.senders() = SendQueue::default();
        senders
    }

    /// Returns the pollable of all jobs, which turns of the reactor include from now on.
    fn completions(&mut self) -> &Registration {
        self.completions.get_or_insert_with(|| {
            let completions = Registration::new(imports::subscribe());
            completions.set_interest(Interest::Passive(collect));
            completions
        })
    }

    /// Counts jobs that have ended, and returns the wakers of queued jobs that may try to start.
    #[must_use = "queued jobs have to be woken"]
    fn ended(&mut self, count: usize) -> Vec<Waker> {
        self.running -= count;
        self.update_interest();
        // One more than have ended, because other instances may have made room too. The last one wakes all:
        // a turn may have been given to a future that is never polled again.
        self.start_queue.give(if self.running == 0 { usize::MAX } else { count + 1 })
    }
}

/// A batch with fewer outcomes than this was probably all there is.
const LARGE_BATCH: usize = 256;

/// With this many bytes of results, their futures run before more are collected.
const MUCH: usize = 1 << 20;

/// What a call of the host has returned.
#[derive(Debug, Default)]
struct Batch {
    outcomes: usize,
    items: usize,
    /// The size of the results.
    bytes: usize,
}

/// Collects outcomes and items, and wakes their futures. The reactor calls this, and calls it again while there
/// are more.
///
/// A large batch is followed by another: after each turn of the reactor, a join checks all of its futures, so
/// a hundred batches of a join of a hundred thousand jobs should not take a hundred turns.
pub(crate) fn collect() {
    let mut bytes = 0;
    while bytes < MUCH {
        let batch = take_batch();
        bytes += batch.bytes;
        if batch.outcomes < LARGE_BATCH {
            return;
        }
    }
}

/// Collects everything there is, for a caller that does not use the reactor.
pub(crate) fn collect_all() {
    while let Batch { outcomes: 1.., .. } | Batch { items: 1.., .. } = take_batch() {}
}

/// Collects a batch of outcomes and one of items.
fn take_batch() -> Batch {
    let completions = imports::completed();
    if completions.is_empty() && imports::stopping() {
        STOP_REQUESTED.set(true);
        JOBS.with_borrow_mut(Jobs::set_interest);
        return Batch::default();
    }
    let (takes_items, sends) = JOBS.with_borrow(|jobs| (jobs.items.are_expected(), jobs.items.has_senders()));
    // After the outcomes: all items of a job that has ended are available then.
    let items = if takes_items { imports::items() } else { Vec::new() };
    let may_send = sends && imports::may_send();
    let bytes = completions.iter().map(|completion| completion.outcome.as_ref().map_or(0, Vec::len)).sum();
    let batch = Batch { outcomes: completions.len(), items: items.len(), bytes };
    let mut woken = Vec::with_capacity(completions.len());
    let (room, senders) = JOBS.with_borrow_mut(|jobs| {
        for item in items {
            let key = jobs.keys[item.job as usize];
            // The future of a job that has ended is woken below.
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
    // Nothing is borrowed here: a waker may run any code.
    woken.into_iter().chain(room).chain(senders).for_each(Waker::wake);
    batch
}

/// Returns whether this sender may try to send now.
pub(super) fn may_send(turn: &mut Turn) -> bool {
    JOBS.with_borrow_mut(|jobs| jobs.items.senders().may_try(turn))
}

/// Makes this sender wait until there is room for an item.
pub(super) fn wait_to_send(turn: &mut Turn, waker: &Waker) {
    let _before = JOBS.with_borrow_mut(|jobs| jobs.wait_to_send(turn, waker));
}

/// The ticket of a job that waits for room. Dropping it passes the turn on, if that has come.
#[derive(Debug)]
pub(crate) struct Ticket(u64);

impl Ticket {
    /// Takes a ticket behind all others.
    pub(crate) fn last(waker: &Waker) -> Self {
        Self(JOBS.with_borrow_mut(|jobs| jobs.start_queue.wait(waker.clone())))
    }

    /// Returns `Ready` if the turn has come, and otherwise has `waker` woken when it does.
    pub(crate) fn poll(&self, waker: &Waker) -> Poll<()> {
        let (poll, _before) = JOBS.with_borrow_mut(|jobs| jobs.start_queue.poll(self.0, waker));
        poll
    }

    /// Waits for another turn, before all later tickets, because there was no room after all.
    pub(crate) fn wait_again(&self, waker: &Waker) {
        JOBS.with_borrow_mut(|jobs| jobs.start_queue.wait_again(self.0, waker.clone()));
    }

    /// Gives the ticket up, because the turn was used.
    pub(crate) fn leave(self) {
        let _before = JOBS.with_borrow_mut(|jobs| jobs.start_queue.leave(self.0));
        std::mem::forget(self);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let (_before, next) = JOBS.with_borrow_mut(|jobs| {
            let before = jobs.start_queue.leave(self.0);
            let next = if before.is_none() { jobs.start_queue.give(1) } else { Vec::new() };
            (before, next)
        });
        next.into_iter().for_each(Waker::wake);
    }
}
