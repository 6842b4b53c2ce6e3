//! Limits the time of a job.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::timeout;

#[guest_runtime::parallel]
async fn fibonacci(n: u32) -> u64 {
    fn fibonacci(n: u32) -> u64 {
        if n < 2 { n.into() } else { fibonacci(n - 1) + fibonacci(n - 2) }
    }
    fibonacci(n)
}

#[guest_runtime::main]
async fn main() {
    let time = Duration::from_millis(500);
    for n in [20, 90] {
        match timeout(time, fibonacci(n).par()).await {
            Ok(value) => println!("fibonacci({n}) = {value}"),
            Err(elapsed) => println!("fibonacci({n}): {elapsed}"),
        }
    }
}
