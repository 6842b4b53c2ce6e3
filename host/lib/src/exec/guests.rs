//! The guests that have started on a core and not ended: those that were woken, and those that compute.
//!
//! A guest that was woken by a timer, a socket or the end of a job mostly has little to do, and others may
//! wait for it. A guest that computes yields at its ticks, and can continue at any time. So woken guests go
//! first. The woken guest that has used the least core time is polled next, so that one that is woken often
//! and then computes does not delay the rest. Guests that compute take turns by run.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::mem::swap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Wake, Waker};

use futures_util::task::AtomicWaker;
use scheduler::{Computing, Habits};
use slab::Slab;

use super::guest::{Guest, Polled};
use crate::store::core_state::CoreState;

/// How far a guest that has waited may lag behind the guests polled last, in nanoseconds of core time.
///
/// Any further time that it did not use while it waited is lost.
const CREDIT: u64 = 3_000_000;

/// The time of main is divided by this, because the jobs of its run wait for it.
const MAIN_SHARE: u64 = 16;

/// The guests of a core.
pub(super) struct Guests {
    entries: Slab<Entry>,
    woken: Arc<Woken>,
    /// Guests that were woken and have not been polled since, least used time first.
    due: BinaryHeap<Reverse<Due>>,
    /// The number of guests that were ever due. Guests that have used the same time run in this order.
    order: u64,
    shares: Vec<Share>,
    /// How many guests compute.
    computing: usize,
    /// The time used by the guests polled last. A guest may lag behind this by at most `CREDIT`.
    reached: u64,
    core: Arc<CoreState>,
    /// A buffer for the guests taken from `woken`, kept to reuse its allocation.
    seen: Vec<Arc<GuestWaker>>,
}

struct Entry {
    guest: Guest,
    run: u64,
    task: Arc<GuestWaker>,
    /// The waker made from `task`.
    waker: Waker,
    /// How long the guest was polled, in nanoseconds.
    used: u64,
    /// Whether it has yielded and can continue to compute.
    computes: bool,
    /// When it began to wait for anything but its jobs.
    waits_since: Option<u64>,
}

/// The guests of one run on this core, and the time they have used.
struct Share {
    run: u64,
    guests: usize,
    computing: Computing,
    habits: Habits,
    used: u64,
}

/// A guest that was woken. Guests that have used less time come first.
#[derive(Clone)]
struct Due {
    used: u64,
    order: u64,
    waker: Arc<GuestWaker>,
}

impl Guests {
    pub(super) fn new(core: Arc<CoreState>) -> Self {
        Self {
            entries: Slab::new(),
            woken: Arc::default(),
            due: BinaryHeap::new(),
            order: 0,
            shares: Vec::new(),
            computing: 0,
            reached: 0,
            core,
            seen: Vec::new(),
        }
    }

    /// Returns how many guests can continue to compute.
    pub(super) fn computing(&self) -> usize {
        self.computing
    }

    /// Returns whether a job of this run and kind may start now, beside the guests of its run that compute.
    /// Guests of other runs do not delay it.
    pub(super) fn may_start(&self, run: u64, kind: Option<u32>) -> bool {
        let Some(share) = self.shares.iter().find(|share| share.run == run) else { return true };
        let computes = kind.is_some_and(|kind| share.habits.computes(kind));
        share.computing.may_start(computes, self.core.clock.noted())
    }

    /// Returns the time used by the guests polled last.
    pub(super) fn reached(&self) -> u64 {
        self.reached
    }

    /// Records that work other than woken guests has used this much time.
    pub(super) fn reach(&mut self, used: u64) {
        self.reached = self.reached.max(used);
    }

    /// Registers a waker, to be woken when any guest is woken.
    pub(super) fn listen(&self, waker: &Waker) {
        self.woken.core.register(waker);
    }

    /// Adds a guest whose first poll took this many nanoseconds, and did not end it.
    pub(super) fn add(&mut self, guest: Guest, polled: Polled, took: u64) {
        let run = guest.run();
        let place = self.entries.vacant_entry();
        // Its first poll used another waker, so it must be polled again with its own.
        let key = place.key();
        let task =
            Arc::new(GuestWaker { key, is_woken: AtomicBool::new(true), woken: Arc::clone(&self.woken) });
        self.woken.push(Arc::clone(&task));
        let waker = Waker::from(Arc::clone(&task));
        let used = self.reached;
        place.insert(Entry { guest, run, task, waker, used, computes: false, waits_since: None });
        self.share(run).guests += 1;
        self.note(key, &polled, took);
    }

    /// Collects the guests that were woken. Returns the time used by the first of them.
    pub(super) fn first_due(&mut self) -> Option<u64> {
        if self.woken.has_any.load(Ordering::Acquire) {
            let mut guests = self.woken.lock();
            self.woken.has_any.store(false, Ordering::Relaxed);
            swap(&mut *guests, &mut self.seen);
        }
        for waker in self.seen.drain(..) {
            let Some(entry) = self.entries.get_mut(waker.key) else { continue };
            // This may be the waker of a guest that has ended and whose key another guest has now.
            if Arc::ptr_eq(&entry.task, &waker) {
                entry.used = entry.used.max(self.reached.saturating_sub(CREDIT));
                self.order += 1;
                self.due.push(Reverse(Due { used: entry.used, order: self.order, waker }));
            }
        }
        self.due.peek().map(|Reverse(first)| first.used)
    }

    /// Polls the first guest that is due. Returns how long the poll took.
    pub(super) fn poll_first_due(&mut self) -> u64 {
        let Some(Reverse(Due { waker, used, .. })) = self.due.pop() else { return 0 };
        let is_there = self.entries.get(waker.key).is_some_and(|entry| Arc::ptr_eq(&entry.task, &waker));
        if !is_there {
            return 0;
        }
        self.reach(used);
        self.poll(waker.key, false)
    }

    /// Resumes a guest that computes: in the run that has used the least time, the guest that has waited
    /// longest.
    pub(super) fn resume_one(&mut self) {
        let computing = self.shares.iter_mut().filter(|share| !share.computing.is_empty());
        let next = computing.min_by_key(|share| share.used).and_then(|share| share.computing.next_turn());
        if let Some(key) = next {
            self.poll(key, true);
        }
    }

    /// Polls a guest. One that has yielded continues only with the turn to compute.
    fn poll(&mut self, key: usize, has_turn: bool) -> u64 {
        let Self { entries, core, .. } = self;
        let entry = &mut entries[key];
        // Cleared before the poll, so that a wake during the poll is not lost.
        entry.task.is_woken.swap(false, Ordering::AcqRel);
        let began = core.clock.noted();
        let (run, kind, waits_since) = (entry.run, entry.guest.kind(), entry.waits_since.take());
        let polled = entry.guest.poll(&mut Context::from_waker(&entry.waker), has_turn);
        let took = core.clock.note() - began;
        entry.used += if kind.is_none() { took / MAIN_SHARE } else { took };
        let share = self.share(run);
        share.used += took;
        if let (Some(kind), Some(since)) = (kind, waits_since) {
            share.habits.add_waited(kind, began.saturating_sub(since));
        }
        self.note(key, &polled, took);
        if polled == Polled::Ended {
            drop(self.entries.remove(key));
            self.leave(run);
        }
        took
    }

    /// Records the state of a guest after a poll that took this many nanoseconds.
    fn note(&mut self, key: usize, polled: &Polled, took: u64) {
        let now = self.core.clock.noted();
        let entry = &mut self.entries[key];
        if let Polled::Waits { for_jobs: false } = polled {
            entry.waits_since = Some(now);
        }
        let computed = std::mem::replace(&mut entry.computes, matches!(polled, Polled::Yielded { .. }));
        let (run, kind) = (entry.run, entry.guest.kind());
        if let Some(kind) = kind {
            self.share(run).habits.add_computed(kind, took);
        }
        if let Polled::Yielded { began, bytes } = *polled {
            // A run that had nothing to compute must not catch up on the time it did not use.
            let others = self.shares.iter().filter(|share| !share.computing.is_empty());
            let least = others.map(|share| share.used).min().unwrap_or(0);
            let share = self.share(run);
            share.used = if share.computing.is_empty() { share.used.max(least) } else { share.used };
            share.computing.set(key, began, bytes);
            self.computing += usize::from(!computed);
        } else if computed {
            self.share(run).computing.remove(key);
            self.computing -= 1;
        }
    }

    fn share(&mut self, run: u64) -> &mut Share {
        let index = self.shares.iter().position(|share| share.run == run).unwrap_or_else(|| {
            let (computing, habits) = (Computing::new(), Habits::new());
            self.shares.push(Share { run, guests: 0, computing, habits, used: 0 });
            self.shares.len() - 1
        });
        &mut self.shares[index]
    }

    fn leave(&mut self, run: u64) {
        let share = self.share(run);
        share.guests -= 1;
        if share.guests == 0 {
            self.shares.retain(|share| share.run != run);
        }
    }
}

/// The guests that any thread has woken and the core has not collected yet.
#[derive(Default)]
struct Woken {
    guests: Mutex<Vec<Arc<GuestWaker>>>,
    /// Whether `guests` has any, readable without the lock.
    has_any: AtomicBool,
    core: AtomicWaker,
}

impl Woken {
    /// Adds a guest. The caller wakes the core afterwards, so that the core sees the guest.
    fn push(&self, guest: Arc<GuestWaker>) {
        let mut guests = self.lock();
        guests.push(guest);
        self.has_any.store(true, Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<GuestWaker>>> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The waker of one guest.
struct GuestWaker {
    key: usize,
    /// Whether it is in `woken` or `due`.
    is_woken: AtomicBool,
    woken: Arc<Woken>,
}

impl Wake for GuestWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_woken.swap(true, Ordering::AcqRel) {
            self.woken.push(Arc::clone(self));
            self.woken.core.wake();
        }
    }
}

impl Due {
    fn rank(&self) -> (u64, u64) {
        (self.used, self.order)
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Due {}
