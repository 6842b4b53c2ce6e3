//! Borrows of jobs that wait for room, and of jobs outside of `block_on`: `borrow_waits inside` and
//! `borrow_waits outside`.
use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use guest_runtime::ParallelFuture;
use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn add(total: &mut u64, numbers: &[u64], seen: &mut [String]) -> usize {
    *total += numbers.iter().sum::<u64>();
    seen[0].push('x');
    numbers.len()
}

/// A job that has taken all the room there is, until it is dropped.
fn endless() -> ParallelFuture<'static, ()> {
    let mut job = (async || sleep(Duration::from_secs(3600)).await).par();
    job.start();
    job
}

/// Polls a future once, and expects that it waits.
async fn is_waiting(job: &mut (impl Future + Unpin)) -> bool {
    std::future::poll_fn(|context| Poll::Ready(pin!(&mut *job).poll(context).is_pending())).await
}

/// With room for one job (`--max-jobs 1`).
async fn inside() {
    let (mut total, numbers, mut seen) = (1, vec![2, 3], [String::new()]);

    let first = endless();
    let mut waits = add(&mut total, &numbers, &mut seen).par();
    assert!(is_waiting(&mut waits).await);
    assert!(format!("{waits:?}").contains("waiting"), "{waits:?}");
    drop(waits);
    assert_eq!((total, &seen), (1, &[String::new()]));

    // There is room for the waiting job, but it is dropped before it starts.
    let mut waits = add(&mut total, &numbers, &mut seen).par();
    assert!(is_waiting(&mut waits).await);
    drop(first);
    drop(waits);
    assert_eq!((total, &seen), (1, &[String::new()]));

    // The job starts when there is room, and gets the values that were lent to it before.
    let first = endless();
    let mut waits = add(&mut total, &numbers, &mut seen).par();
    assert!(is_waiting(&mut waits).await);
    drop(first);
    assert_eq!(waits.await, 2);
    assert_eq!((total, &seen), (6, &["x".to_owned()]));

    // Many jobs, each of which waits until another makes room.
    let mut totals = [0; 20];
    let mut words = vec![[String::new()]; 20];
    let jobs = totals.iter_mut().zip(&mut words).map(|(total, words)| add(total, &numbers, words).par());
    assert_eq!(jobs.collect::<Vec<_>>().join().await, [2; 20]);
    assert_eq!(totals, [5; 20]);
    assert_eq!(words, vec![["x".to_owned()]; 20]);
    println!("inside");
}

fn outside() {
    let (mut total, mut numbers, mut seen) = (1, vec![2, 3], [String::new()]);
    assert_eq!(add(&mut total, &numbers, &mut seen).par().wait(), 2);
    assert_eq!((total, &seen[0][..]), (6, "x"));

    let mut job = add(&mut total, &numbers, &mut seen).par();
    job.start();
    assert_eq!(job.wait(), 2);
    assert_eq!((total, &seen[0][..]), (11, "xx"));

    numbers.push(5);
    let mut job = add(&mut total, &numbers, &mut seen).par();
    job.pollable().block();
    assert_eq!(job.try_wait(), Some(3));
    drop(job);
    assert_eq!((total, &seen[0][..]), (21, "xxx"));

    // A job that has ended, and is dropped before its outcome is taken.
    let mut job = add(&mut total, &numbers, &mut seen).par();
    job.pollable().block();
    drop(job);
    assert_eq!((total, &seen[0][..]), (21, "xxx"));

    // Two jobs in flight; or, if there is room for one only, the second waits for the first.
    let (mut other, mut words) = (0, [String::new()]);
    let (mut a, mut b) =
        (add(&mut total, &numbers, &mut seen).par(), add(&mut other, &numbers, &mut words).par());
    a.start();
    b.start();
    // If there is room for two, they may begin in another order than they are waited for.
    assert_eq!((a.wait(), b.wait()), (3, 3));
    assert_eq!((total, &seen[0][..], other, &words[0][..]), (31, "xxxx", 10, "x"));

    // Jobs that have found no room: one is dropped, the others keep their arguments until there is room.
    let first = endless();
    let mut dropped = add(&mut other, &numbers, &mut words).par();
    dropped.start();
    drop(dropped);
    assert_eq!((other, &words[0][..]), (10, "x"));
    let mut lent = add(&mut other, &numbers, &mut words).par();
    let mut moved = (async |text: String| text).par_with("moved".to_owned());
    for _ in 0..3 {
        lent.start();
        moved.start();
    }
    drop(first);
    assert_eq!((lent.wait(), moved.wait()), (3, "moved".to_owned()));
    assert_eq!((other, &words[0][..]), (20, "xx"));
    println!("outside");
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("inside") => guest_runtime::block_on(inside()),
        Some("outside") => outside(),
        other => panic!("what is {other:?}?"),
    }
}
