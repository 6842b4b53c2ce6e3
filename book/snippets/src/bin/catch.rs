//! Catches the failure of a job.
use guest_runtime::Failure;
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn divide(a: u64, b: u64) -> u64 {
    assert!(b != 0, "cannot divide {a} by nothing");
    a / b
}

#[guest_runtime::main]
async fn main() {
    for b in [3, 0] {
        match divide(6, b).par().catch().await {
            Ok(quotient) => println!("{quotient}"),
            Err(Failure::Panicked(panic)) => println!("{}", panic.message),
            Err(other) => println!("{other}"),
        }
    }

    // The first failure cancels the remaining jobs.
    let jobs: Vec<_> = (0..100).rev().map(|b| divide(6, b).par().catch()).collect();
    println!("{}", jobs.try_join().await.unwrap_err());
}
