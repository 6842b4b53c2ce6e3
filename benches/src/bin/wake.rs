//! Joins two empty jobs, again and again, and prints how many microseconds each join took.
//!
//! The arguments are the number of joins, and the microseconds between them. Below a thousand, the program
//! computes in between, like a program that keeps starting jobs; otherwise it sleeps, and so do all cores.

#![expect(clippy::print_stdout, reason = "a program's output")]

use std::time::{Duration, Instant};

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

/// Shorter pauses are spent computing.
const SHORT: Duration = Duration::from_millis(1);

#[guest_runtime::main]
async fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse().expect("a number"));
    let (count, pause): (u64, u64) = (arguments.next().unwrap_or(100), arguments.next().unwrap_or(20_000));
    let pause = Duration::from_micros(pause);
    let mut times = Vec::new();
    for _ in 0..count {
        if pause < SHORT {
            let start = Instant::now();
            while start.elapsed() < pause {
                std::hint::spin_loop();
            }
        } else {
            sleep(pause).await;
        }
        let start = Instant::now();
        ((async || ()).par(), (async || ()).par()).join().await;
        times.push(start.elapsed());
    }
    // Printed at the end, so that output keeps no core awake.
    for time in times {
        println!("{:.3}", time.as_secs_f64() * 1e6);
    }
}
