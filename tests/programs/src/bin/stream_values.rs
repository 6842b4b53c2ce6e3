//! Streams of what jobs send: in order, bounded, passed on, stopped, and failing.
use std::cell::Cell;
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::{sleep, timeout};
use guest_runtime::{Failure, Sender, stream, try_stream};

#[guest_runtime::parallel]
async fn count(to: u64, out: Sender<u64>) {
    for n in 0..to {
        out.send(n).await;
    }
}

#[guest_runtime::parallel]
async fn blobs(bytes: usize, out: Sender<Vec<u8>>) {
    for n in 0_u8.. {
        out.send(vec![n; bytes]).await;
    }
}

/// Two senders with items of different types, and a borrow that comes back.
#[guest_runtime::parallel]
async fn divide(numbers: &mut [u32], odd: Sender<u32>, even: Sender<String>) -> usize {
    for number in numbers.iter_mut() {
        if *number % 2 == 0 {
            even.send(number.to_string()).await
        } else {
            odd.send(*number).await
        }
        *number += 1;
    }
    numbers.len()
}

/// Passes its sender on to jobs of its own.
#[guest_runtime::parallel]
async fn in_two(to: u64, out: Sender<u64>) {
    (count(to, out.clone()).par(), count(to, out).par()).join().await;
}

async fn in_order() {
    for to in [0, 1, 15, 16, 17, 1000] {
        let there: Vec<u64> = stream(|out| count(to, out).par()).collect().await;
        let here: Vec<u64> = stream(|out| count(to, out)).collect().await;
        assert_eq!(there, (0..to).collect::<Vec<_>>());
        assert_eq!(here, there);
    }
    let mut passed_on: Vec<u64> = stream(|out| in_two(500, out).par()).collect().await;
    passed_on.sort_unstable();
    assert_eq!(passed_on, (0..1000).map(|n| n / 2).collect::<Vec<_>>());
}

async fn several_and_a_borrow() {
    let mut numbers: Vec<u32> = (0..100).collect();
    let length = Cell::new(0);
    {
        let (numbers, length) = (&mut numbers[..], &length);
        let mut evens = Vec::new();
        // The future of one stream contains the other stream.
        let odds = stream(async |odd| {
            let mut even = stream(async |even| length.set(divide(numbers, odd, even).par().await));
            while let Some(number) = even.next().await {
                evens.push(number);
            }
            assert_eq!(evens, (0..100).step_by(2).map(|n| n.to_string()).collect::<Vec<_>>());
        });
        assert_eq!(odds.collect::<Vec<u32>>().await, (1..100).step_by(2).collect::<Vec<_>>());
    }
    assert_eq!(length.get(), 100);
    assert_eq!(numbers, (1..101).collect::<Vec<_>>());
}

async fn failures() {
    let fails = async |out: Sender<u8>| {
        out.send(1).await;
        out.send(2).await;
        panic!("no more");
    };
    let items: Vec<Result<u8, Failure>> = try_stream(|out| fails.par_with(out).catch()).collect().await;
    let [Ok(1), Ok(2), Err(Failure::Panicked(panic))] = &items[..] else { panic!("{items:?}") };
    assert_eq!(panic.message, "no more");

    let long = async |out: Sender<Vec<u8>>| out.send(vec![0; 300 << 20]).await;
    let items: Vec<Result<Vec<u8>, Failure>> = try_stream(|out| long.par_with(out).catch()).collect().await;
    let [Err(Failure::Panicked(panic))] = &items[..] else { panic!("{} items", items.len()) };
    assert!(panic.message.contains("has too large a message"), "{}", panic.message);
}

/// A job that is ahead waits, and one whose stream was dropped is stopped.
async fn held_up_and_stopped() {
    let mut blobs = stream(|out| blobs(1 << 20, out).par());
    for n in 0..50 {
        let blob = blobs.next().await;
        assert!(blob.is_some_and(|blob| blob.len() == 1 << 20 && blob[0] == n));
    }
    // The job is asked to stop while it waits for room. Otherwise this program would not end.
    sleep(Duration::from_millis(10)).await;
    drop(blobs);
    let mut silent = stream(async |out: Sender<u8>| {
        (async |_: Sender<u8>| sleep(Duration::from_secs(3600)).await).par_with(out).await;
    });
    assert!(timeout(Duration::from_millis(10), silent.next()).await.is_err());
}

#[guest_runtime::main]
async fn main() {
    in_order().await;
    several_and_a_borrow().await;
    failures().await;
    held_up_and_stopped().await;
    println!("all equal");
}
