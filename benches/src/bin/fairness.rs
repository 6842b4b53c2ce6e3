//! Runs jobs of one millisecond one by one, each from a random moment on, beside some that compute
//! for ever, and says how many milliseconds each took from its start to its value.
//!
//! The arguments are how many endless jobs there are, and how many short ones. An endless job says
//! that it has begun; a line on stdin says when to begin with the short ones.

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
        // Else all would begin when the last has ended, at the same moment of a turn.
        sleep(Duration::from_micros(n * 617 % 5_000)).await;
        let start = Instant::now();
        short().par().await;
        println!("{:.4}", start.elapsed().as_secs_f64() * 1e3);
    }
}
