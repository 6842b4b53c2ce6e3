//! Parallel iteration that is held up, stopped, or not worth a job.
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use guest_runtime::futures_lite::stream;
use guest_runtime::prelude::*;
use guest_runtime::time::{interval, sleep, timeout};
use guest_runtime::{Failure, Shared};

/// Calls of `count` in this instance.
static CALLS: AtomicU32 = AtomicU32::new(0);

async fn count(n: u32) -> u32 {
    CALLS.fetch_add(1, Ordering::Relaxed);
    n
}

/// Each item of an endless iterator takes half a mebibyte, and main may have 64 MiB. Without backpressure
/// while no item is taken, main would run out of memory.
async fn held_up() {
    let blob = async |n: u8| vec![n; 1 << 19];
    let mut made = 0;
    let items = std::iter::from_fn(|| {
        made += 1;
        Some((made % 256) as u8)
    });
    let mut blobs = items.par_bridge().par_map(blob).grain(1).stream();
    for n in 1..300 {
        assert_eq!(blobs.next().await.map(|blob| blob[0]), Some((n % 256) as u8));
        if n % 100 == 0 {
            sleep(Duration::from_millis(20)).await;
        }
    }
    drop(blobs);
    assert!(made < 300 + 200, "{made} items were made for 299 that were taken");
}

/// Every way to abandon the remaining items. A job that is not stopped keeps this program from ending.
async fn stopped() {
    let waits = async |_: u32| sleep(Duration::from_secs(3600)).await;
    let computes = async |_: u32| -> u32 {
        loop {
            std::hint::spin_loop();
        }
    };
    let moment = Duration::from_millis(20);
    assert!(timeout(moment, (0..100_u32).par_for_each(waits)).await.is_err());
    assert!(timeout(moment, (0..100_u32).par_map(computes)).await.is_err());
    assert!(timeout(moment, (0..100_u32).par_map(computes).stream().next()).await.is_err());
    assert!(timeout(moment, (0..100_u32).par_reduce(computes, async |a, b| a + b)).await.is_err());
    let found = (0..100_u32).par_find_any(async |n| {
        if n != 7 {
            sleep(Duration::from_secs(3600)).await;
        }
        Some(n)
    });
    assert_eq!(found.grain(1).limit(10).await, Some(7));

    // A pending stream has not ended, and its items so far are not held back.
    let ticks = interval(Duration::from_millis(1)).map(|_| 1_u32).take(20);
    assert_eq!(ticks.par_bridge().par_reduce(count, async |a, b| a + b).await, Some(20));
    let one_and_no_more = (stream::once(1_u32), stream::pending()).chain().par_bridge();
    assert_eq!(one_and_no_more.par_map(count).stream().next().await, Some(1));
}

/// The first time, all items go to jobs; once they are known to be small, they are processed locally.
async fn not_worth_a_job() {
    for _ in 0..50 {
        assert_eq!((0..40_u32).par_map(count).await, (0..40).collect::<Vec<_>>());
    }
    let here = CALLS.swap(0, Ordering::Relaxed);
    assert!(here > 0, "small inputs are not worked on here");
    assert_eq!((0..40_u32).par_map(count).grain(10).await.len(), 40);
    assert_eq!((0..40_u32).par_map(count).catch().await.map(|all| all.len()), Ok(40));
    assert_eq!(CALLS.load(Ordering::Relaxed), 0, "these were to be jobs");
}

async fn failures() {
    let bad = async |n: u32| {
        assert_ne!(n, 70, "seventy");
        n
    };
    let Err(Failure::Panicked(panic)) = (0..100_u32).par_map(bad).catch().await else { panic!() };
    assert!(panic.message.contains("seventy"), "{}", panic.message);
    assert!((0..100_u32).par_for_each(async |n: u32| assert!(n < 5)).catch().await.is_err());
    let mut stream = (0..100_u32).par_map(bad).grain(50).stream().catch();
    for n in 0..50 {
        assert_eq!(stream.next().await, Some(Ok(n)));
    }
    assert!(stream.next().await.is_some_and(|item| item.is_err()));
    assert_eq!(stream.next().await, None);

    // A chunk whose job has failed keeps its old values.
    let mut numbers = vec![1_u32; 1000];
    let lent = Shared::new(500_u32);
    let failed = numbers.par_chunks_mut(10).lending(&lent).par_for_each(async |(_, chunk)| {
        chunk.fill(2);
        assert_eq!(chunk.len(), 11);
    });
    assert!(failed.catch().await.is_err());
    assert_eq!(numbers, [1; 1000]);
}

#[guest_runtime::main]
async fn main() {
    let began = Instant::now();
    held_up().await;
    stopped().await;
    not_worth_a_job().await;
    failures().await;
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    println!("all stopped");
}
