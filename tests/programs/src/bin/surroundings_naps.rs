//! Runs concurrent sleeping jobs. The arguments are their number, the milliseconds, and the MiB of each.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn nap(milliseconds: u64, mebibytes: usize) -> usize {
    let bytes = vec![1_u8; mebibytes << 20];
    sleep(Duration::from_millis(milliseconds)).await;
    std::hint::black_box(bytes).len()
}

#[guest_runtime::main]
async fn main() {
    let args = std::env::args().skip(1).map(|arg| arg.parse().unwrap()).collect::<Vec<usize>>();
    let (jobs, milliseconds) = (args[0], args[1] as u64);
    let mebibytes = args.get(2).copied().unwrap_or_default();
    let all: Vec<_> = (0..jobs).map(|_| nap(milliseconds, mebibytes).par().catch()).collect();
    let all = all.join().await;
    println!("{} of {jobs}", all.iter().filter(|ended| ended.is_ok()).count());
    if let Some(failure) = all.iter().find_map(|ended| ended.as_ref().err()) {
        println!("{failure:?}");
    }
}
