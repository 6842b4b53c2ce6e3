//! Local jobs. Natively there is no host, so all jobs are local.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use serde::{Deserialize, Deserializer, Serialize};

use super::MAX_DEPTH;
use crate::prelude::*;
use crate::{Failure, Refusal, Sender, Shared, block_on, cores, has_parallelism, stream, try_stream};

thread_local! {
    static BEGUN: Cell<u32> = const { Cell::new(0) };
    static DROPPED: Cell<u32> = const { Cell::new(0) };
}

struct Dropped;

impl Drop for Dropped {
    fn drop(&mut self) {
        DROPPED.set(DROPPED.get() + 1);
    }
}

#[crate::parallel]
async fn waits(number: &mut u32) {
    BEGUN.set(BEGUN.get() + 1);
    let _dropped = Dropped;
    *number += 1;
    pending::<()>().await;
}

#[crate::parallel]
async fn fib(n: u32) -> u32 {
    if n < 2 {
        return n;
    }
    let (a, b) = (fib(n - 1).par(), fib(n - 2).par()).join().await;
    a + b
}

#[crate::parallel]
async fn deeper(n: u32) -> Result<u32, Failure> {
    deeper(n + 1).par().catch().await.unwrap_or_else(|failure| match failure {
        Failure::Refused(Refusal::Depth(MAX_DEPTH)) => Ok(n),
        other => Err(other),
    })
}

#[crate::parallel]
async fn count(from: u32, out: Sender<u32>) {
    for n in from.. {
        BEGUN.set(n);
        out.send(n).await;
    }
}

#[crate::parallel]
async fn pass_on(to: u32, odd: Sender<u32>, even: Sender<u32>) {
    let count = async |to: u32, first: u32, out: &Sender<u32>| {
        for n in (first..to).step_by(2) {
            out.send(n).await;
        }
    };
    (count(to, 1, &odd), evens(to, even).par()).join().await;
}

#[crate::parallel]
async fn evens(to: u32, out: Sender<u32>) {
    for n in (0..to).step_by(2) {
        out.send(n).await;
    }
}

/// A message that cannot be read.
#[derive(Debug, PartialEq, Serialize)]
struct Unreadable;

impl<'de> Deserialize<'de> for Unreadable {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom("never"))
    }
}

#[test]
fn a_job_is_lazy_is_polled_and_is_dropped() {
    assert!(!has_parallelism() && cores() == 1);
    let mut number = 7;
    drop(waits(&mut number).par());
    let mut job = waits(&mut number).par();
    job.start();
    assert_eq!((BEGUN.get(), DROPPED.get()), (0, 0), "a job that was started goes on when it is polled");
    block_on(poll_fn(|context| {
        assert!(pin!(&mut job).poll(context).is_pending());
        Poll::Ready(())
    }));
    assert_eq!((BEGUN.get(), DROPPED.get()), (1, 0));
    block_on(job.stop());
    assert_eq!((BEGUN.get(), DROPPED.get(), number), (1, 1, 7), "its place is as it was");
}

#[test]
fn values_are_copies_and_places_are_written() {
    let mut numbers = vec![3_u32, 1, 2];
    let sort = async |numbers: &mut [u32]| numbers.sort();
    sort.par_on(&mut numbers[..]).wait();
    assert_eq!(numbers, [1, 2, 3]);
    let cell = Shared::new(RefCell::new(1));
    let change = async |cell: Shared<RefCell<u32>>| {
        *cell.borrow_mut() += 1;
        *cell.borrow()
    };
    assert_eq!(change.par_with(cell.clone()).wait(), 2);
    assert_eq!(*cell.borrow(), 1);
    let failure = (async |_: Unreadable| ()).par_with(Unreadable).catch().wait().unwrap_err();
    assert!(matches!(failure, Failure::BadMessage(_)), "{failure}");
}

#[test]
fn jobs_have_jobs_until_they_are_too_deep() {
    assert_eq!(fib(12).par().wait(), 144);
    assert_eq!(deeper(1).par().wait(), Ok(MAX_DEPTH));
    assert_eq!(deeper(1).par().wait(), Ok(MAX_DEPTH), "and are as deep as before");
}

#[test]
fn who_looks_at_a_job_outside_of_block_on_lets_it_go_on() {
    let mut polls = (async || {
        let mut left = 5;
        poll_fn(|context: &mut Context<'_>| {
            left -= 1;
            context.waker().wake_by_ref();
            if left == 0 { Poll::Ready(7) } else { Poll::Pending }
        })
        .await
    })
    .par();
    let outcomes = std::iter::repeat_with(|| polls.try_wait()).take_while(Option::is_none).count();
    assert_eq!(outcomes, 2, "each look polls twice");
    assert_eq!(fib(7).par().catch().try_wait(), Some(Ok(13)));
}

#[test]
fn a_stream_holds_up_who_is_ahead() {
    block_on(async {
        let mut counted = stream(|out| count(1, out).par());
        for n in 1..100 {
            assert_eq!(counted.next().await, Some(n));
            assert!(BEGUN.get() <= n + 32, "{} with {n} taken", BEGUN.get());
        }
    });
}

#[test]
fn several_jobs_send_each_to_its_own_stream() {
    let mut odds = Vec::new();
    let all = Rc::new(RefCell::new(Vec::new()));
    block_on(async {
        let mut odd = stream(async |odd| {
            let evens = stream(|even| pass_on(100, odd, even).par());
            *all.borrow_mut() = evens.collect().await;
        });
        while let Some(n) = odd.next().await {
            odds.push(n);
        }
        let both = stream(async |out: Sender<u32>| {
            (evens(50, out.clone()).par(), evens(100, out).par()).join().await;
        });
        assert_eq!(both.count().await, 75);
    });
    assert_eq!(odds, (1..100).step_by(2).collect::<Vec<_>>());
    assert_eq!(*all.borrow(), (0..100).step_by(2).collect::<Vec<_>>());
}

#[test]
fn an_item_that_cannot_be_read_fails_its_job() {
    let sends = async |out: Sender<Unreadable>| {
        out.send(Unreadable).await;
        out.send(Unreadable).await;
    };
    let items: Vec<_> = block_on(try_stream(|out| sends.par_with(out).catch()).collect());
    assert!(matches!(&items[..], [Err(Failure::BadMessage(_))]), "{items:?}");
}

#[test]
fn what_is_polled_by_nobody_waits() {
    let mut job = pin!(fib(3).par());
    job.start();
    let polled = block_on(async { job.as_mut().poll(&mut Context::from_waker(Waker::noop())) });
    assert_eq!(polled, Poll::Ready(2));
}
