//! The records that are made while a run is in progress: as small as possible, and without contention.
//!
//! Each thread writes to its own shard as long as there are at least as many shards as threads that record
//! events, which is nearly always so. A shard grows by chunks, so that existing records are never copied.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crossbeam_utils::CachePadded;

use crate::observe::event::{End, Event};

/// Records in a chunk. Allocating one takes as long as writing some ten thousand records.
pub(super) const CHUNK: usize = 1024;

/// Threads besides the cores that record events: those that start, stop and drop the run.
const OTHERS: usize = 3;

/// The start of a job in its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Submission {
    pub(super) at: u64,
    pub(super) job: u64,
    pub(super) parent: u64,
    /// A message has less than 4 GiB.
    pub(super) bytes: u32,
    pub(super) depth: u32,
    /// The index of its name in the shard.
    pub(super) name: u32,
}

/// A later event of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) at: u64,
    pub(super) job: u64,
    pub(super) what: What,
}

/// The kind of an event. Events of the same time are in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Started { core: u16, fresh: bool },
    Resumed,
    Suspended { yielded: bool },
    Stopping,
    Finished(End),
}

/// All records that were kept, with times in nanoseconds since the run began.
#[derive(Debug)]
pub(super) struct All {
    pub(super) submissions: Vec<(Submission, Arc<str>)>,
    pub(super) moments: Vec<Moment>,
    /// The records are complete up to this time.
    pub(super) until: u64,
    pub(super) left_out: u64,
}

pub(super) struct Records {
    since: Instant,
    shards: Box<[CachePadded<Mutex<Shard>>]>,
    /// Bytes that may still be allocated.
    room: AtomicUsize,
    /// When the memory was used up. Later events are not kept on any core, so that the records are the
    /// complete beginning of the run.
    full: AtomicU64,
}

#[derive(Default)]
struct Shard {
    submissions: Chunks<Submission>,
    moments: Chunks<Moment>,
    names: HashMap<Arc<str>, u32>,
    /// The name of the last job, which is usually that of the next job too.
    last: Option<(Arc<str>, u32)>,
    left_out: u64,
}

struct Chunks<T>(Vec<Vec<T>>);

impl Records {
    pub(super) fn new(cores: usize, limit: usize) -> Self {
        Self {
            since: Instant::now(),
            shards: (0..cores + OTHERS).map(|_| CachePadded::default()).collect(),
            room: AtomicUsize::new(limit),
            full: AtomicU64::new(u64::MAX),
        }
    }

    pub(super) fn add(&self, event: &Event, at: Instant) {
        let at = self.time(at);
        let (job, what) = match *event {
            Event::Submitted { job, parent, depth, bytes, ref name } => {
                let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
                let submission = Submission { at, job, parent, bytes, depth, name: 0 };
                return self.keep(at, |shard| shard.submit(submission, name, &self.room));
            }
            Event::Started { job, core, fresh, .. } => {
                (job, What::Started { core: u16::try_from(core).unwrap_or(u16::MAX), fresh })
            }
            Event::Suspended { job, yielded, .. } => (job, What::Suspended { yielded }),
            Event::Resumed { job, .. } => (job, What::Resumed),
            Event::Stopping { job } => (job, What::Stopping),
            Event::Finished { job, end, .. } => (job, What::Finished(end)),
            Event::HandedOver { .. } | Event::InstanceMade { .. } | Event::InstanceDropped { .. } => return,
        };
        self.keep(at, |shard| shard.moments.push(Moment { at, job, what }, &self.room));
    }

    /// Returns the time in nanoseconds since the run began.
    fn time(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.since).as_nanos()).unwrap_or(u64::MAX)
    }

    /// Records something in the shard of this thread, if there is room for it.
    fn keep(&self, at: u64, keep: impl FnOnce(&mut Shard) -> bool) {
        let shard = &self.shards[number_of_thread() % self.shards.len()];
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if self.full.load(Ordering::Relaxed) <= at || !keep(&mut shard) {
            self.full.fetch_min(at, Ordering::Relaxed);
            shard.left_out += 1;
        }
    }

    pub(super) fn left_out(&self) -> u64 {
        let shards = self.shards.iter();
        shards.map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).left_out).sum()
    }

    /// Returns a copy of all records, in no particular order.
    pub(super) fn all(&self) -> All {
        let until = self.full.load(Ordering::Relaxed).min(self.time(Instant::now()));
        let mut all = All { submissions: Vec::new(), moments: Vec::new(), until, left_out: 0 };
        for shard in &self.shards {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            let names = shard.names.iter().map(|(name, &id)| (id, name)).collect::<HashMap<_, _>>();
            let submissions = shard.submissions.iter().filter(|submission| submission.at <= until);
            all.submissions.extend(
                submissions
                    .filter_map(|&submission| Some((submission, Arc::clone(names.get(&submission.name)?)))),
            );
            all.moments.extend(shard.moments.iter().filter(|moment| moment.at <= until));
            all.left_out += shard.left_out;
        }
        all
    }
}

impl Shard {
    fn submit(&mut self, submission: Submission, name: &Arc<str>, room: &AtomicUsize) -> bool {
        let Some(name) = self.name(name, room) else { return false };
        self.submissions.push(Submission { name, ..submission }, room)
    }

    /// Returns the index of a name; `None` if there is no room for another name.
    fn name(&mut self, name: &Arc<str>, room: &AtomicUsize) -> Option<u32> {
        if let Some((last, id)) = &self.last
            && Arc::ptr_eq(last, name)
        {
            return Some(*id);
        }
        let id = match self.names.get(name) {
            Some(&id) => id,
            None => {
                // The entry of the table, counted twice for its spare capacity, and the text.
                take(room, 2 * size_of::<(Arc<str>, u32)>() + 2 * size_of::<usize>() + name.len())?;
                let id = u32::try_from(self.names.len()).ok()?;
                self.names.insert(Arc::clone(name), id);
                id
            }
        };
        self.last = Some((Arc::clone(name), id));
        Some(id)
    }
}

impl<T> Chunks<T> {
    fn push(&mut self, value: T, room: &AtomicUsize) -> bool {
        match self.0.last_mut() {
            Some(last) if last.len() < CHUNK => last.push(value),
            _ => {
                if take(room, CHUNK * size_of::<T>()).is_none() {
                    return false;
                }
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(value);
                self.0.push(chunk);
            }
        }
        true
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flatten()
    }
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// Takes this many bytes, if as many are left.
fn take(room: &AtomicUsize, bytes: usize) -> Option<()> {
    room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes)).ok().map(drop)
}

/// Returns the number of this thread: consecutive numbers, in the order in which threads first call this.
fn number_of_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    NUMBER.with(|number| *number)
}
