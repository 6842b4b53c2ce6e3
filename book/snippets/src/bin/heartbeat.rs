//! Prints a heartbeat while a job computes.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::interval;

#[guest_runtime::parallel]
async fn fibonacci(n: u32) -> u64 {
    fn fibonacci(n: u32) -> u64 {
        if n < 2 { n.into() } else { fibonacci(n - 1) + fibonacci(n - 2) }
    }
    fibonacci(n)
}

/// Never returns, so its return type is arbitrary.
async fn heartbeat<T>() -> T {
    let mut ticks = interval(Duration::from_millis(10));
    loop {
        ticks.next().await;
        eprintln!("still at it");
    }
}

#[guest_runtime::main]
async fn main() {
    let value = (fibonacci(30).par(), heartbeat()).race().await;
    println!("fibonacci(30) = {value}");
}
