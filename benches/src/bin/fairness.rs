//! Runs jobs of one millisecond one by one, each starting at a random moment, beside jobs that compute
//! forever. Prints how many milliseconds each took from its start to its value.
//!
//! The arguments are the numbers of endless and of short jobs. An endless job reports its start; a line on
//! stdin starts the short ones.

#![expect(clippy::print_stdout, reason = "a program's output")]

use std::time::{Duration, Instant};

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn endless() {
    println!("begun");
    loop {
        std::hint::spin_loop();
    }
}

#[guest_runtime::parallel]
async fn short() {
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(1) {
        std::hint::spin_loop();
    }
}

#[guest_runtime::main]
async fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse().expect("a number"));
    let (long, count): (u64, u64) = (arguments.next().unwrap_or(2), arguments.next().unwrap_or(200));
    let mut long: Vec<_> = (0..long).map(|_| endless().par()).collect();
    long.iter_mut().for_each(|job| job.start());
    std::io::stdin().read_line(&mut String::new()).expect("stdin can be read");
    for n in 0..count {
        // Otherwise each would start when the previous one has ended, always at the same phase of a time
        // slice.
        sleep(Duration::from_micros(n * 617 % 5_000)).await;
        let start = Instant::now();
        short().par().await;
        println!("{:.4}", start.elapsed().as_secs_f64() * 1e3);
    }
}
