//! A program with very many timers does not poll all of them for each.
use std::pin::pin;
use std::time::{Duration, Instant};

use guest_runtime::prelude::*;
use guest_runtime::time::sleep_until;

#[guest_runtime::main]
async fn main() {
    let start = Instant::now() + Duration::from_millis(50);
    let sleeps: Vec<_> = (0..100_000).map(|n| sleep_until(start + Duration::from_micros(n))).collect();
    let mut join = pin!(sleeps.join());
    let mut polls = 0;
    let counted = std::future::poll_fn(|context| {
        polls += 1;
        join.as_mut().poll(context)
    });
    let ended = counted.await.len();
    // A fifth of those that wait is due after each rest, so few turns are left soon.
    println!("{ended} {}", if polls < 40 { "few polls".to_owned() } else { format!("{polls} polls") });
}
