//! A program of known shares for profilers: jobs spend three quarters of their time in one function, and the rest in
//! another one that does the same.
use std::hint::black_box;

use guest_runtime::prelude::*;

#[inline(never)]
fn three_quarters(rounds: u64) -> u64 {
    compute(rounds * 3)
}

#[inline(never)]
fn one_quarter(rounds: u64) -> u64 {
    compute(rounds)
}

#[inline(always)]
fn compute(rounds: u64) -> u64 {
    (0..rounds).fold(1, |hash, n| black_box(hash ^ n).wrapping_mul(0x0100_0000_01b3))
}

#[guest_runtime::parallel]
async fn both(rounds: u64) -> u64 {
    three_quarters(rounds) ^ one_quarter(rounds)
}

#[guest_runtime::main]
async fn main() {
    let rounds = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(1_000_000);
    let jobs: Vec<_> = (0..8).map(|_| both(rounds).par()).collect();
    println!("{}", jobs.join().await.into_iter().fold(0, |all, one| all ^ one));
}
