//! A core: a thread that polls its guests, and takes a job when none of them can continue.
//!
//! As in `host/lib/src/cores/thread.rs`, but without a clock: whether it has used up its patience with
//! computing guests is random.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Wake, Waker};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use scheduler::{Next, Slot};
use shuttle::sync::{Condvar, Mutex};

use crate::guest::{self, Instance};
use crate::ledger::{Job, Sight, saw};
use crate::{MAX_DEPTH, World, random};

pub(crate) struct Core {
    pub(crate) id: usize,
    pub(crate) world: Arc<World>,
    /// How many guests have yielded and are runnable.
    runnable: Cell<usize>,
    /// Whether the guest that is being polled has just yielded.
    gave_way: Cell<bool>,
    /// Instances that have ended a job well.
    pub(crate) warm: RefCell<Vec<Instance>>,
}

/// The thread of a core, until the run is over or it dies.
pub(crate) fn run(id: usize, world: Arc<World>, dies_after: Option<usize>) {
    let _end = EndOfAll(&world);
    let core = Rc::new(Core {
        id,
        world: Arc::clone(&world),
        runnable: Cell::new(0),
        gave_way: Cell::new(false),
        warm: RefCell::default(),
    });
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(Arc::clone(&bell));
    let mut guests = FuturesUnordered::new();
    let mut turns = 0;
    while dies_after.is_none_or(|last| turns < last) {
        if core.turn(&mut guests, &mut Context::from_waker(&waker)).is_ready() {
            return;
        }
        bell.wait();
        turns += 1;
    }
    if !guests.is_empty() {
        saw(Sight::CoreDied);
    }
}

/// Ends the run when a core ends, however it ends.
struct EndOfAll<'a>(&'a World);

impl Drop for EndOfAll<'_> {
    fn drop(&mut self) {
        self.0.scheduler.shut_down();
    }
}

/// A guest that its core polls.
struct Guest {
    future: Pin<Box<dyn Future<Output = ()>>>,
    core: Rc<Core>,
    /// Whether it has yielded and is runnable.
    is_runnable: bool,
}

impl Guest {
    fn new(core: &Rc<Core>, future: impl Future<Output = ()> + 'static) -> Self {
        Self { future: Box::pin(future), core: Rc::clone(core), is_runnable: false }
    }

    fn set_runnable(&mut self, is_runnable: bool) {
        let others = self.core.runnable.get() - usize::from(self.is_runnable);
        self.core.runnable.set(others + usize::from(is_runnable));
        self.is_runnable = is_runnable;
    }
}

impl Future for Guest {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let polled = self.future.as_mut().poll(context);
        let gave_way = self.core.gave_way.take();
        self.set_runnable(gave_way && polled.is_pending());
        polled
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.set_runnable(false);
    }
}

impl Core {
    /// One poll of all that this core does. Ready when the run is over.
    fn turn(self: &Rc<Self>, guests: &mut FuturesUnordered<Guest>, context: &mut Context<'_>) -> Poll<()> {
        let scheduler = &self.world.scheduler;
        scheduler.stay_awake(self.id);
        loop {
            while let Poll::Ready(Some(())) = guests.poll_next_unpin(context) {}
            if scheduler.is_shut_down() {
                return Poll::Ready(());
            }
            let (job, slot) = if self.runnable.get() > 0 {
                let is_out_of_patience = random(0, 4) == 0;
                match is_out_of_patience.then(|| scheduler.take_job(self.id, |job| self.admit(job))).flatten()
                {
                    Some(next) => next,
                    None => return Poll::Pending,
                }
            } else {
                match scheduler.poll_next(self.id, |job| self.admit(job), context) {
                    Poll::Ready(Next::Job(job, slot)) => (job, slot),
                    Poll::Ready(Next::ShutDown) => return Poll::Ready(()),
                    Poll::Pending => return Poll::Pending,
                }
            };
            let core = Rc::clone(self);
            let mut guest = Guest::new(self, async move {
                guest::run(&core, &job, slot).await;
                // The end of main is the end of the run.
                if job.spec.depth == 0 {
                    core.world.scheduler.shut_down();
                }
            });
            if Pin::new(&mut guest).poll(context).is_pending() {
                guests.push(guest);
            }
        }
    }

    /// A slot for this job, if there is one.
    fn admit(self: &Rc<Self>, job: &Job) -> Option<HeldSlot> {
        let world = &self.world;
        let slot = world.slots.take(job.spec.depth)?;
        let taken = world.taken_slots.fetch_add(1, Ordering::Relaxed) + 1;
        assert!(taken <= world.shared_slots + MAX_DEPTH as usize + 1, "more slots than there are");
        if let Slot::Own(depth) = slot {
            assert_eq!(depth, job.spec.depth);
        }
        Some(HeldSlot { core: Rc::clone(self), slot: Some(slot) })
    }
}

/// The place of a guest among all those there may be. Dropping it gives it back.
pub(crate) struct HeldSlot {
    core: Rc<Core>,
    slot: Option<Slot>,
}

impl Drop for HeldSlot {
    fn drop(&mut self) {
        let world = &self.core.world;
        // Before it can be taken again: the count may be too small for a moment, and never too large.
        world.taken_slots.fetch_sub(1, Ordering::Relaxed);
        if self.slot.take().is_some_and(|slot| world.slots.give_back(slot)) {
            world.scheduler.wake_all();
        }
    }
}

/// Yields once to the other guests of this core, as a guest does that has computed for some ticks.
pub(crate) async fn give_way(core: &Core) {
    let mut has_given_way = false;
    poll_fn(|context| {
        if has_given_way {
            return Poll::Ready(());
        }
        has_given_way = true;
        core.gave_way.set(true);
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Polls two futures until one is ready; the first has precedence.
pub(crate) async fn either<A>(first: impl Future<Output = A>, second: impl Future<Output = A>) -> A {
    let (mut first, mut second) = (pin!(first), pin!(second));
    poll_fn(|context| match first.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(value),
        Poll::Pending => second.as_mut().poll(context),
    })
    .await
}

/// What a core sleeps on. Shuttle's `park` may end by itself, which would hide a lost wake-up.
#[derive(Default)]
pub(crate) struct Bell {
    has_rung: Mutex<bool>,
    rings: Condvar,
}

impl Bell {
    pub(crate) fn wait(&self) {
        let mut has_rung = self.has_rung.lock().unwrap();
        while !*has_rung {
            has_rung = self.rings.wait(has_rung).unwrap();
        }
        *has_rung = false;
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        *self.has_rung.lock().unwrap() = true;
        self.rings.notify_one();
    }
}
