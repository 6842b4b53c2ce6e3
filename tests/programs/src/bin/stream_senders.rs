//! Several senders at a time in one job: each sends all of its items, independently of the others.
use std::cell::Cell;
use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use guest_runtime::prelude::*;
use guest_runtime::time::{sleep, timeout};
use guest_runtime::{ParallelStream, Sender, stream};

fn compute(time: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < time {}
}

/// A sender that waits for room, and another that finds some after the job has computed: while it did, the
/// parent made room, and the instance did not hear of it.
#[guest_runtime::parallel]
async fn two(out: Sender<u32>) {
    let many = async {
        for n in 0..100 {
            out.send(n).await;
        }
    };
    let few = async {
        for n in 0..3 {
            sleep(Duration::from_millis(1)).await;
            compute(Duration::from_millis(30));
            out.send(1000 + n).await;
        }
    };
    (many, few).join().await;
}

/// Two senders that always have another item: without fairness, the first would take all the room.
#[guest_runtime::parallel]
async fn both_endless(out: Sender<Option<u32>>) {
    let endless = async {
        loop {
            out.send(None).await;
        }
    };
    let numbered = async {
        for n in 0.. {
            out.send(Some(n)).await;
        }
    };
    (endless, numbered).join().await;
}

#[guest_runtime::parallel]
async fn endless(out: Sender<Option<u32>>) {
    loop {
        out.send(None).await;
    }
}

/// Passes its sender on to a job that always has another item.
#[guest_runtime::parallel]
async fn endless_below(out: Sender<Option<u32>>) {
    let numbered = async {
        for n in 0.. {
            out.send(Some(n)).await;
        }
    };
    (endless(out.clone()).par(), numbered).join().await;
}

/// Many senders, with items of all lengths.
#[guest_runtime::parallel]
async fn crowd(senders: u32, each: u32, out: Sender<(u32, u32, Vec<u8>)>) {
    let all = (0..senders).map(async |sender| {
        for n in 0..each {
            if (sender + n) % 7 == 0 {
                sleep(Duration::from_micros(100)).await;
            }
            out.send((sender, n, vec![0; ((sender * 37 + n * 101) % 5000) as usize])).await;
        }
    });
    all.collect::<Vec<_>>().join().await;
}

/// Senders that are dropped while they wait. Returns how many items were sent.
#[guest_runtime::parallel]
async fn impatient(out: Sender<u64>) -> u64 {
    let sent = Cell::new(0);
    let impatient = async {
        for n in 0..60 {
            let in_time = timeout(Duration::from_micros(300), out.send(n)).await.is_ok();
            sent.set(sent.get() + u64::from(in_time));
        }
    };
    let patient = async {
        for n in 0..30 {
            compute(Duration::from_micros(500));
            out.send(n).await;
            sent.set(sent.get() + 1);
        }
    };
    (impatient, patient).join().await;
    sent.get()
}

#[guest_runtime::parallel]
async fn count(from: u32, out: Sender<u32>) {
    for n in from..from + 100 {
        out.send(n).await;
    }
}

/// Hands its sender on to two jobs, each of which hands it on to two, and sends, too.
#[guest_runtime::parallel]
async fn spread(depth: u32, from: u32, out: Sender<u32>) {
    let own = async {
        for n in from..from + 50 {
            out.send(n).await;
            if n % 10 == 0 {
                compute(Duration::from_millis(1));
            }
        }
    };
    if depth == 0 {
        return (own, count(from + 50, out.clone()).par()).join().await.0;
    }
    let (one, other) = (from + 1000, from + 1000 * (1 << depth));
    (own, spread(depth - 1, one, out.clone()).par(), spread(depth - 1, other, out.clone()).par())
        .join()
        .await;
}

/// Senders to two streams, which are taken from at different speeds.
#[guest_runtime::parallel]
async fn apart(slow: Sender<u32>, fast: Sender<String>) {
    let to_slow = async {
        for n in 0..50 {
            slow.send(n).await;
        }
    };
    let to_fast = async {
        for n in 0..200 {
            fast.send(n.to_string()).await;
        }
    };
    (to_slow, to_fast).join().await;
}

async fn two_at_a_time() {
    let mut items = stream(|out| two(out).par());
    let (mut many, mut few) = (Vec::new(), Vec::new());
    while let Some(item) = items.next().await {
        if item < 1000 {
            many.push(item)
        } else {
            few.push(item)
        }
        sleep(Duration::from_micros(500)).await;
    }
    assert_eq!(many, (0..100).collect::<Vec<_>>());
    assert_eq!(few, [1000, 1001, 1002]);
}

async fn a_crowd() {
    let jobs = async |out: Sender<_>| {
        (crowd(50, 20, out.clone()).par(), crowd(3, 200, out.clone()).par(), crowd(1, 500, out).par())
            .join()
            .await;
    };
    let mut next = [[0; 50]; 3];
    let mut items = stream(jobs);
    while let Some((sender, n, _)) = items.next().await {
        // Three jobs, whose senders have the same numbers: each sender's items are in order.
        let next = next.iter_mut().map(|of_job| &mut of_job[sender as usize]).find(|next| **next == n);
        *next.expect("an item is lost, or in front of another") += 1;
    }
    assert_eq!(next.as_flattened().iter().sum::<u32>(), 50 * 20 + 3 * 200 + 500);
}

async fn dropped_while_they_wait() {
    let sent = Cell::new(0);
    let mut items = stream(async |out| sent.set(impatient(out).par().await));
    let mut taken = 0;
    while items.next().await.is_some() {
        taken += 1;
        sleep(Duration::from_micros(400)).await;
    }
    assert!(taken == sent.get() && taken >= 30, "{taken} of {}", sent.get());
}

async fn passed_on() {
    let mut items: Vec<u32> = stream(|out| spread(2, 0, out).par()).collect().await;
    items.sort_unstable();
    items.dedup();
    assert_eq!(items.len(), 7 * 50 + 4 * 100);
}

async fn to_two_streams() {
    let fast_ones = Cell::new(0);
    let mut slow = stream(async |slow| {
        let mut fast = stream(async |fast| apart(slow, fast).par().await);
        while let Some(item) = fast.next().await {
            assert_eq!(item, fast_ones.get().to_string());
            fast_ones.set(fast_ones.get() + 1);
        }
    });
    for n in 0..50 {
        assert_eq!(slow.next().await, Some(n));
        sleep(Duration::from_micros(200)).await;
    }
    assert_eq!(slow.next().await, None);
    drop(slow);
    assert_eq!(fast_ones.get(), 200);
}

/// The parent stops reading while many senders wait; this does not affect the next job of the instance.
async fn given_up() {
    for taken in 0..30 {
        let mut items = stream(|out| crowd(20, 1000, out).par());
        for _ in 0..taken {
            assert!(items.next().await.is_some());
        }
        drop(items);
        assert_eq!(stream(|out| count(0, out).par()).count().await, 100);
    }
}

/// The numbered items come too, though the other sender is always polled first.
async fn none_is_kept_out() {
    let few = async |mut items: ParallelStream<'_, Option<u32>>| {
        let mut next = 0;
        while next < 20 {
            if let Some(n) = items.next().await.expect("it has no end") {
                assert_eq!(n, next);
                next += 1;
            }
        }
    };
    few(stream(|out| both_endless(out).par())).await;
    few(stream(both_endless)).await;
    few(stream(|out| endless_below(out).par())).await;
    // Two jobs at one stream.
    few(stream(async |out| {
        (endless(out.clone()).par(), both_endless(out).par()).join().await;
    }))
    .await;
    // Both in one task.
    few(stream(async |out: Sender<Option<u32>>| {
        let numbered = async {
            for n in 0.. {
                out.send(Some(n)).await;
            }
        };
        let (mut endless, mut numbered) = (pin!(endless(out.clone())), pin!(numbered));
        poll_fn(|context| match endless.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(()),
            Poll::Pending => numbered.as_mut().poll(context),
        })
        .await;
    }))
    .await;
}

#[guest_runtime::main]
async fn main() {
    none_is_kept_out().await;
    two_at_a_time().await;
    a_crowd().await;
    dropped_while_they_wait().await;
    passed_on().await;
    to_two_streams().await;
    given_up().await;
    println!("all there");
}
