//! Which pieces are processed in this instance, and which become jobs.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};
use std::time::Duration;

use super::*;

/// Numbers in pieces of ten. A piece is its first number.
struct Numbers {
    left: usize,
    item: Duration,
    /// Whether jobs end.
    end: bool,
    log: Rc<RefCell<Log>>,
}

#[derive(Default)]
struct Log {
    jobs: usize,
    here: usize,
}

impl Numbers {
    fn take(&mut self) -> Option<(u64, usize)> {
        self.left = self.left.checked_sub(10)?;
        Some((self.left as u64, 10))
    }
}

impl Supply<'static, u64> for Numbers {
    fn poll_job(&mut self, _: usize, _: &mut Context<'_>) -> Poll<Option<(Running<'static, u64>, usize)>> {
        let (took, end) = (self.item * 10, self.end);
        Poll::Ready(self.take().map(|(value, items)| {
            self.log.borrow_mut().jobs += 1;
            let job = async move {
                if !end {
                    std::future::pending::<()>().await;
                }
                Timed { value, took }
            };
            (Running::Local(Box::pin(job)), items)
        }))
    }

    fn poll_local(&mut self, _: usize, _: &mut Context<'_>) -> Poll<Option<(Running<'static, u64>, usize)>> {
        let took = self.item * 10;
        Poll::Ready(self.take().map(|(value, items)| {
            self.log.borrow_mut().here += 1;
            (Running::Local(Box::pin(async move { Timed { value, took } })), items)
        }))
    }

    fn left(&self) -> Option<usize> {
        // Small remainders would be processed here anyway.
        None
    }

    fn bytes_of_item(&self) -> usize {
        8
    }

    fn is_filled(&self) -> bool {
        true
    }

    fn is_exact(&self) -> bool {
        true
    }

    fn is_last(&self, _: &u64) -> bool {
        false
    }

    fn entry(&self) -> &'static Entry {
        Entry::of::<PieceFn<&[u64], Several, Nothing>>()
    }
}

#[derive(Clone, Copy)]
struct Nothing;

impl Op<&[u64]> for Nothing {
    type Output = ();
    type Named = Self;

    async fn run<'x>(self, (): (), _: impl Iterator<Item = &'x u64>) {}
}

/// Polls the pieces of 1,000 numbers until nothing wakes them, as on this many cores. Returns how many jobs there
/// were, how many pieces were processed here, and how many times the reactor had a turn.
fn polled(cores: usize, item: Duration, end: bool, plan: Plan) -> (usize, usize, usize) {
    let log = Rc::<RefCell<Log>>::default();
    let mut grain = Grain::unknown();
    grain.measured(10, item * 10, item * 10 + Duration::from_micros(2));
    let mut pieces = Pieces {
        supply: Box::new(Numbers { left: 1_000, item, end, log: Rc::clone(&log) }),
        plan,
        called_at: Location::caller(),
        grain,
        cores,
        total: Some(1_000),
        next: Some(0),
        in_flight: Vec::new(),
        done: BTreeMap::new(),
        out: 0,
        has_helped: false,
    };
    let woken = Arc::<Woken>::default();
    let waker = Waker::from(Arc::clone(&woken));
    let mut turns = 0;
    loop {
        match pieces.poll_next_unordered(&mut Context::from_waker(&waker)) {
            Poll::Ready(Ok(Some(_))) => {}
            Poll::Pending if woken.0.swap(false, Ordering::Relaxed) => turns += 1,
            Poll::Pending | Poll::Ready(_) => break,
        }
    }
    let log = log.borrow();
    (log.jobs, log.here, turns)
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

const CHEAP: Duration = Duration::from_nanos(2);

#[test]
fn cheap_items_are_processed_here_while_other_cores_have_jobs() {
    let (jobs, here, turns) = polled(3, CHEAP, false, Plan::default());
    assert_eq!((jobs, here), (2 * JOBS_PER_CORE, 100 - 2 * JOBS_PER_CORE));
    assert_eq!(turns, here + 1, "the reactor has a turn after each piece, and after the end of the source");
    assert_eq!(polled(1, CHEAP, false, Plan::default()).0, 0, "there is no other core");
}

#[test]
fn other_items_are_sent() {
    assert_eq!(polled(3, CHEAP * 10, false, Plan::default()), (3 * JOBS_PER_CORE, 0, 0));
    assert_eq!(polled(1, CHEAP * 10, true, Plan::default()), (100, 0, 0));
    let caught = Plan { caught: true, ..Plan::default() };
    assert_eq!(polled(1, CHEAP, true, caught), (100, 0, 0), "a failure has to be caught");
}

#[test]
fn a_bounded_stream_gets_no_further_ahead() {
    let bounded = Plan { bounded: true, ..Plan::default() };
    assert_eq!(polled(1, CHEAP, true, bounded).1, 100);
}
