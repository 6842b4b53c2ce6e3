//! `sleep_until`: a time that has passed, now, one time for many, and one that never comes.
use std::cell::Cell;
use std::pin::pin;
use std::time::{Duration, Instant};

use guest_runtime::prelude::*;
use guest_runtime::time::{sleep, sleep_until};

#[guest_runtime::main]
async fn main() {
    let start = Instant::now();
    std::thread::sleep(Duration::from_millis(1));
    let others = Cell::new(0);
    let other = async || others.set(others.get() + 1);
    (sleep_until(start), other()).join().await;
    println!("past, and the other had {} turn", others.get());
    sleep_until(Instant::now()).await;
    println!("now");

    // A sleep can be awaited again after its time has passed.
    let mut again = pin!(sleep_until(start));
    for _ in 0..3 {
        again.as_mut().await;
    }
    println!("past three times");

    let soon = Instant::now() + Duration::from_millis(20);
    let polls = Cell::new(0);
    let sleeps: Vec<_> = (0..1_000).map(|_| sleep_until(soon)).collect();
    let mut join = pin!(sleeps.join());
    let counted = std::future::poll_fn(|context| {
        polls.set(polls.get() + 1);
        join.as_mut().poll(context)
    });
    let many = counted.await.len();
    println!("{many} at a time, in {} polls: {}", polls.get(), Instant::now() >= soon);

    // The last moment that `Instant` can represent, and one an hour before it.
    let last = (0..64).map(|power| Duration::from_secs(u64::MAX >> power));
    let last = last.filter_map(|age| start.checked_add(age)).next().unwrap();
    let far = async {
        (sleep_until(last), sleep_until(last - Duration::from_secs(3600))).race().await;
        "the end of time"
    };
    let near = async {
        sleep(Duration::from_millis(1)).await;
        "a millisecond"
    };
    println!("{}", (far, near).race().await);
}
