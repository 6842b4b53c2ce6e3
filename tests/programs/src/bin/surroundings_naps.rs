//! Runs concurrent sleeping jobs. The arguments are their number, and the milliseconds of each.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn nap(milliseconds: u64) {
    sleep(Duration::from_millis(milliseconds)).await;
}

#[guest_runtime::main]
async fn main() {
    let args = std::env::args().skip(1).map(|arg| arg.parse().unwrap()).collect::<Vec<usize>>();
    let (jobs, milliseconds) = (args[0], args[1] as u64);
    let all: Vec<_> = (0..jobs).map(|_| nap(milliseconds).par().catch()).collect();
    let all = all.join().await;
    println!("{} of {jobs}", all.iter().filter(|ended| ended.is_ok()).count());
    if let Some(failure) = all.iter().find_map(|ended| ended.as_ref().err()) {
        println!("{failure:?}");
    }
}
