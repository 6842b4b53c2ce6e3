//! Prints dots while it computes, in main or in a job, and never ends.
use std::hint::spin_loop;
use std::io::{Write as _, stdout};
use std::time::{Duration, Instant};

use guest_runtime::prelude::*;

async fn work() {
    for _ in 0..3 {
        print!(".");
        stdout().flush().unwrap();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(10) {
            spin_loop();
        }
    }
    loop {
        spin_loop();
    }
}

#[guest_runtime::main]
async fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("job") => work.par().await,
        _ => work().await,
    }
}
