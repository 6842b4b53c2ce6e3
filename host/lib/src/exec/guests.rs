//! The guests that have begun on a core and not ended: which were woken, and which compute.
//!
//! A guest that was woken, by a timer, a socket or the end of a job, has something to do that others may
//! wait for, and mostly little. One that computes gives way at its ticks, and can go on at any time. So the
//! woken go first; among them the one that has used its core least, so that a guest which is woken
//! often and then computes keeps none from being on time. Guests that compute take turns by run.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::mem::swap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Wake, Waker};

use futures_util::task::AtomicWaker;
use slab::Slab;

use super::guest::{Guest, Polled};
use crate::store::core_state::CoreState;

/// How far behind those that were just polled a guest that has waited may be, in nanoseconds of its core.
///
/// What it did not use while it waited is lost, but for so much.
const CREDIT: u64 = 3_000_000;

/// A nanosecond of main counts for less, because the jobs of its run wait for it.
const MAIN_SHARE: u64 = 16;

/// The guests of a core.
pub(super) struct Guests {
    entries: Slab<Entry>,
    woken: Arc<Woken>,
    /// Those that were woken and not polled since.
    due: BinaryHeap<Reverse<Due>>,
    /// How many were ever due, so that of those that have used as much the first comes first.
    order: u64,
    shares: Vec<Share>,
    /// How many compute.
    computing: usize,
    /// What those have used that were polled last: nobody may be further behind than its credit.
    reached: u64,
    core: Arc<CoreState>,
    /// What was in `woken` before.
    seen: Vec<Arc<GuestWaker>>,
}

struct Entry {
    guest: Guest,
    run: u64,
    task: Arc<GuestWaker>,
    /// The same, as it is handed out.
    waker: Waker,
    /// How long it was polled, in nanoseconds.
    used: u64,
    /// Whether it has given way and would go on.
    computes: bool,
}

/// The guests of one run on this core, and what they have used of it.
struct Share {
    run: u64,
    guests: usize,
    /// Those that compute, the one whose turn is next first.
    computing: VecDeque<usize>,
    used: u64,
    /// When the last job was started that did not end or wait within its first tick.
    began_to_compute: u64,
}

/// A guest that was woken. Whoever has used less comes first.
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

    /// How many guests would go on computing.
    pub(super) fn computing(&self) -> usize {
        self.computing
    }

    /// How many of this run would, and since when: when the last of them began.
    pub(super) fn computing_of(&self, run: u64) -> (usize, u64) {
        let share = self.shares.iter().find(|share| share.run == run);
        share.map_or((0, 0), |share| (share.computing.len(), share.began_to_compute))
    }

    /// What those have used that were polled last.
    pub(super) fn reached(&self) -> u64 {
        self.reached
    }

    /// Says that other work than woken guests has used so much, by its count.
    pub(super) fn reach(&mut self, used: u64) {
        self.reached = self.reached.max(used);
    }

    /// Wakes this waker when a guest is woken.
    pub(super) fn listen(&self, waker: &Waker) {
        self.woken.core.register(waker);
    }

    /// Adds a guest that was polled once and waits, or has given way at this time.
    pub(super) fn add(&mut self, guest: Guest, yielded_at: Option<u64>) {
        let run = guest.run();
        let place = self.entries.vacant_entry();
        // It was polled with another waker, so it is polled again with this one.
        let key = place.key();
        let task =
            Arc::new(GuestWaker { key, is_woken: AtomicBool::new(true), woken: Arc::clone(&self.woken) });
        self.woken.push(Arc::clone(&task));
        let waker = Waker::from(Arc::clone(&task));
        place.insert(Entry { guest, run, task, waker, used: self.reached, computes: false });
        let share = self.share(run);
        share.guests += 1;
        if let Some(now) = yielded_at {
            share.began_to_compute = now;
            self.set_computes(key, true);
        }
    }

    /// Finds those that have been woken. Returns what the first of them has used.
    pub(super) fn first_due(&mut self) -> Option<u64> {
        if self.woken.has_any.load(Ordering::Acquire) {
            let mut guests = self.woken.lock();
            self.woken.has_any.store(false, Ordering::Relaxed);
            swap(&mut *guests, &mut self.seen);
        }
        for waker in self.seen.drain(..) {
            let Some(entry) = self.entries.get_mut(waker.key) else { continue };
            // The waker of a guest that has ended may have the place of another.
            if Arc::ptr_eq(&entry.task, &waker) {
                entry.used = entry.used.max(self.reached.saturating_sub(CREDIT));
                self.order += 1;
                self.due.push(Reverse(Due { used: entry.used, order: self.order, waker }));
            }
        }
        self.due.peek().map(|Reverse(first)| first.used)
    }

    /// Polls the first of those that have been woken. Returns how long that took.
    pub(super) fn poll_first_due(&mut self) -> u64 {
        let Some(Reverse(Due { waker, used, .. })) = self.due.pop() else { return 0 };
        let is_there = self.entries.get(waker.key).is_some_and(|entry| Arc::ptr_eq(&entry.task, &waker));
        if !is_there {
            return 0;
        }
        self.reach(used);
        self.poll(waker.key, false)
    }

    /// Lets a guest go on that computes: of the run that has used least, the one that has waited longest.
    pub(super) fn resume_one(&mut self) {
        let computing = self.shares.iter_mut().filter(|share| !share.computing.is_empty());
        let Some(share) = computing.min_by_key(|share| share.used) else { return };
        if let Some(key) = share.computing.pop_front() {
            share.computing.push_back(key);
            self.poll(key, true);
        }
    }

    /// Polls a guest. One that has given way goes on only if it has the turn to compute.
    fn poll(&mut self, key: usize, has_turn: bool) -> u64 {
        let Self { entries, core, .. } = self;
        let entry = &mut entries[key];
        // Before the poll, so that what happens during it wakes again.
        entry.task.is_woken.swap(false, Ordering::AcqRel);
        let began = core.clock.noted();
        let polled = entry.guest.poll(&mut Context::from_waker(&entry.waker), has_turn);
        let took = core.clock.note() - began;
        entry.used += if entry.guest.is_main() { took / MAIN_SHARE } else { took };
        let run = entry.run;
        self.share(run).used += took;
        self.set_computes(key, polled == Polled::Yielded);
        if polled == Polled::Ended {
            drop(self.entries.remove(key));
            self.leave(run);
        }
        took
    }

    fn set_computes(&mut self, key: usize, computes: bool) {
        let entry = &mut self.entries[key];
        if std::mem::replace(&mut entry.computes, computes) == computes {
            return;
        }
        let run = entry.run;
        if computes {
            // A run that had nothing to compute may not make up for that now.
            let others = self.shares.iter().filter(|share| !share.computing.is_empty());
            let least = others.map(|share| share.used).min().unwrap_or(0);
            let share = self.share(run);
            share.used = if share.computing.is_empty() { share.used.max(least) } else { share.used };
            share.computing.push_back(key);
            self.computing += 1;
        } else {
            self.share(run).computing.retain(|&other| other != key);
            self.computing -= 1;
        }
    }

    fn share(&mut self, run: u64) -> &mut Share {
        let index = self.shares.iter().position(|share| share.run == run).unwrap_or_else(|| {
            let computing = VecDeque::new();
            self.shares.push(Share { run, guests: 0, computing, used: 0, began_to_compute: 0 });
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

/// Those that were woken, by whichever thread, and that the core has not seen yet.
#[derive(Default)]
struct Woken {
    guests: Mutex<Vec<Arc<GuestWaker>>>,
    /// Whether there are any, to be read without the lock.
    has_any: AtomicBool,
    core: AtomicWaker,
}

impl Woken {
    /// Adds one. Whoever wakes the core does that afterwards, so that it sees this one.
    fn push(&self, guest: Arc<GuestWaker>) {
        let mut guests = self.lock();
        guests.push(guest);
        self.has_any.store(true, Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<GuestWaker>>> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes one guest.
struct GuestWaker {
    key: usize,
    /// Whether it is among those that were woken, or is due.
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
