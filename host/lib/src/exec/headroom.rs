//! Room for instances when there is too little: which jobs wait for it, and when waiting cannot succeed.
//!
//! Slots bound how many instances there are. But the pool may be smaller than the slots, an app may have more
//! parts than most, and the system may refuse memory or address space at any time. A job that finds no room
//! then waits until an instance is gone, as it does for a slot.
//!
//! It must not wait forever: an instance whose own jobs wait for room lives until they have ended. So a job
//! waits only while some instance has no jobs, or one is just being created. Otherwise all instances may be
//! waiting for jobs without room, and the job fails.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

use crate::job::call::Children;

/// How long a job waits for an instance to go before it tries again. Room that becomes free in other ways,
/// such as in other processes, sends no notification.
const PAUSE: Duration = Duration::from_millis(10);

/// The instances of a host, and the jobs that wait for room to make one.
#[derive(Default)]
pub(super) struct Headroom {
    /// The children of each instance, which show whether the instance may be waiting for jobs.
    instances: Mutex<HashMap<u64, Arc<Children>>>,
    /// How many instances were ever added.
    made: AtomicU64,
    /// How many jobs are in their first attempt to create an instance.
    trying: AtomicUsize,
    /// How many jobs wait for room.
    waiting: AtomicUsize,
    /// Held by the waiting job that tries again. The others queue for it in order of arrival.
    turn: tokio::sync::Mutex<()>,
    gone: Notify,
}

/// The registration of a live instance. Dropping it notifies a waiting job that there may be room.
pub(crate) struct Registered {
    headroom: Arc<Headroom>,
    id: u64,
}

impl Drop for Registered {
    fn drop(&mut self) {
        let gone = self.headroom.instances().remove(&self.id);
        if self.headroom.is_wanted() {
            self.headroom.gone.notify_one();
        }
        // This may hold the last reference to the children, so drop it without the lock.
        drop(gone);
    }
}

/// Increments a counter, and decrements it when dropped.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The result of an attempt to create an instance.
pub(super) enum Attempt<T, E> {
    Done(Result<T, E>),
    /// There was no room. The attempt may be repeated; the error is returned if it is not.
    NoRoom(E),
}

impl Headroom {
    /// Registers an instance with these children.
    pub(super) fn add(self: &Arc<Self>, children: &Arc<Children>) -> Registered {
        let id = self.made.fetch_add(1, Ordering::Relaxed);
        self.instances().insert(id, Arc::clone(children));
        Registered { headroom: Arc::clone(self), id }
    }

    /// Returns whether a job waits for room, so that no instance is kept warm.
    pub(super) fn is_wanted(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// Creates something that needs room. If there is none now, but there may be soon, waits for it.
    ///
    /// Calls `clear` before it waits, to drop what is kept but not needed.
    pub(super) async fn make<T, E>(
        &self,
        mut attempt: impl AsyncFnMut() -> Attempt<T, E>,
        clear: impl FnOnce(),
    ) -> Result<T, E> {
        let first = {
            let _trying = Counted::new(&self.trying);
            attempt().await
        };
        let Attempt::NoRoom(_) = first else { return first.result() };
        let _waiting = Counted::new(&self.waiting);
        clear();
        let _turn = self.turn.lock().await;
        loop {
            // Checked before the attempt: an instance that goes after the check leaves room for this attempt
            // or the next.
            let is_worth_waiting = self.may_have_room_soon();
            match attempt().await {
                Attempt::NoRoom(_) if is_worth_waiting => _ = timeout(PAUSE, self.gone.notified()).await,
                last => return last.result(),
            }
        }
    }

    /// Returns whether an instance that does not wait for jobs exists, or is being created.
    fn may_have_room_soon(&self) -> bool {
        self.trying.load(Ordering::SeqCst) > 0
            || self.instances().values().any(|children| children.live() == 0)
    }

    fn instances(&self) -> MutexGuard<'_, HashMap<u64, Arc<Children>>> {
        self.instances.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T, E> Attempt<T, E> {
    fn result(self) -> Result<T, E> {
        match self {
            Self::Done(result) => result,
            Self::NoRoom(why) => Err(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use scheduler::Slots;

    use super::*;
    use crate::RunConfig;
    use crate::job::call::{Job, Message, Spec, Target};
    use crate::job::tree::Tree;

    /// Creates the children of an instance that has started nothing yet.
    fn children() -> Arc<Children> {
        Children::new(Arc::new(Tree::new(0, &RunConfig::default(), Slots::new(1, 1))))
    }

    fn start_job(children: &Arc<Children>) -> Arc<Job> {
        children.tree().enter();
        let spec = Spec { depth: 1, ..Spec::new(Target::Entry(0)) };
        children.add(spec, Message::Bytes(Vec::new()))
    }

    fn block_on<F: Future>(future: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
    }

    #[test]
    fn a_job_waits_for_an_instance_that_may_end() {
        let headroom = Arc::<Headroom>::default();
        let instance = RefCell::new(Some(headroom.add(&children())));
        let (attempts, cleared) = (Cell::new(0), Cell::new(0));
        let attempt = async || {
            attempts.set(attempts.get() + 1);
            if attempts.get() == 5 {
                drop(instance.take());
            }
            if instance.borrow().is_some() { Attempt::NoRoom("no room") } else { Attempt::Done(Ok("made")) }
        };
        let made = headroom.make(attempt, || {
            assert!(headroom.is_wanted());
            cleared.set(cleared.get() + 1);
        });
        assert_eq!(block_on(made), Ok("made"));
        assert_eq!((attempts.get(), cleared.get()), (5, 1));
        assert!(!headroom.is_wanted());
    }

    /// Both instances would wait for each other forever.
    #[test]
    fn it_fails_where_every_instance_waits_for_jobs() {
        let headroom = Arc::<Headroom>::default();
        let (parent, other) = (children(), children());
        let (_parent, other_instance) = (headroom.add(&parent), headroom.add(&other));
        let _jobs = [start_job(&parent), start_job(&other)];
        let attempt = async || Attempt::<(), _>::NoRoom("no room");
        assert_eq!(block_on(headroom.make(attempt, || {})), Err("no room"));
        drop(other_instance);
        assert_eq!(block_on(headroom.make(attempt, || {})), Err("no room"));
    }

    #[test]
    fn what_there_is_no_lack_of_is_made_at_once() {
        let headroom = Arc::<Headroom>::default();
        let made = headroom.make(async || Attempt::Done::<_, ()>(Ok(1)), || unreachable!("there is room"));
        assert_eq!(block_on(made), Ok(1));
        let failed = headroom.make(async || Attempt::Done::<(), _>(Err(2)), || unreachable!("there is room"));
        assert_eq!(block_on(failed), Err(2));
    }
}
