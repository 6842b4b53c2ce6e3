//! Faults inside of one job.

use std::future::pending;
use std::hint::black_box;
use std::io::Read as _;
use std::time::Duration;

use guest_runtime::Failure;
use guest_runtime::prelude::*;
use guest_runtime::time::sleep;
use wasi::clocks::monotonic_clock::subscribe_duration;

use crate::{begin, beside, beside_endless, endless, sleep_for_ever};

pub(crate) async fn run(name: &str) -> bool {
    match name {
        "panic" => beside((async || -> u8 { panic!("no luck") }).par().catch()).await,
        "abort" => beside((async || -> u8 { std::process::abort() }).par().catch()).await,
        "wild load" => beside(wild_load.par().catch()).await,
        "wild store" => beside(wild_store.par().catch()).await,
        "small frames" => beside((async || small(1)).par().catch()).await,
        "large frames" => beside((async || large(&[1; 1 << 16])).par().catch()).await,
        "memory" => beside(takes_all.par().catch()).await,
        "endless" => stopped_in_time().await,
        "sleep" => beside_endless(sleeps.par(), Some("sleeps")).await,
        "sleep deaf" => beside_endless(sleeps_deaf.par(), Some("sleeps")).await,
        "empty poll" => beside((async || wasi::io::poll::poll(&[]).len()).par().catch()).await,
        "long poll" => beside(polls_many.par_with(49_000).catch()).await,
        "too many pollables" => beside(polls_many.par_with(101_000).catch()).await,
        "too many to poll" => beside(polls_many.par_with(51_000).catch()).await,
        "busy poll" => beside_endless(polls_again_and_again.par(), Some("polls")).await,
        "exit" => beside((async || -> u8 { guest_runtime::exit(3) }).par().catch()).await,
        "error" => beside(fails.par().catch()).await,
        "two readers" => beside(two_readers()).await,
        "random" => beside((async || random(1 << 20).len()).par().catch()).await,
        "too much random" => beside((async || random((64 << 20) + 1).len()).par().catch()).await,
        "environment" => {
            beside((async || std::env::vars().map(|(_, value)| value.len()).sum::<usize>()).par().catch())
                .await;
        }
        "late computing" => beside((async || -> u8 { endless() }).par().catch()).await,
        "late sleeping" => beside(sleep_for_ever.par().catch()).await,
        "late sleeping deaf" => beside(sleeps_deaf.par().catch()).await,
        "late in files" => beside(looks_at_files.par().catch()).await,
        "deadlock" => beside(pending::<u8>.par().catch()).await,
        _ => return false,
    }
    true
}

async fn wild_load() -> u32 {
    #[expect(unsafe_code, reason = "traps on purpose")]
    // SAFETY: it is not safe, natively; here the address is past the end of the memory.
    unsafe {
        black_box(0xffff_fff0 as *const u32).read_volatile()
    }
}

async fn wild_store() {
    #[expect(unsafe_code, reason = "traps on purpose")]
    // SAFETY: it is not safe, natively; here the address is past the end of the memory.
    unsafe {
        black_box(0xffff_fff0 as *mut u32).write_volatile(1);
    }
}

fn small(n: u32) -> u32 {
    if black_box(n) == 0 { 0 } else { small(black_box(n + 1)) + 1 }
}

fn large(frame: &[u8; 1 << 16]) -> u8 {
    let mut next = black_box(*frame);
    if black_box(next[0]) != 0 {
        next[0] = large(&next);
    }
    black_box(next[0])
}

async fn takes_all() -> usize {
    let mut taken = Vec::new();
    loop {
        taken.push(black_box(vec![1_u8; 1 << 20]));
    }
}

/// A job that computes is gone soon after it is stopped.
async fn stopped_in_time() {
    let mut job = (async || -> u8 {
        begin("computes");
        endless()
    })
    .par();
    job.start();
    crate::begun("computes").await;
    let is_in_time = guest_runtime::time::timeout(Duration::from_secs(2), job.stop()).await;
    println!("{}", if is_in_time.is_ok() { "in time" } else { "late" });
    crate::canary().await;
}

async fn sleeps() {
    begin("sleeps");
    sleep_for_ever().await;
}

/// Waits without this runtime, so that it cannot be asked to stop.
async fn sleeps_deaf() {
    begin("sleeps");
    subscribe_duration(u64::MAX).block();
}

async fn polls_many(count: u64) -> usize {
    let pollables: Vec<_> = (0..count).map(subscribe_duration).collect();
    let all: Vec<_> = pollables.iter().collect();
    wasi::io::poll::poll(&all).len().min(1)
}

async fn polls_again_and_again() {
    let ready = subscribe_duration(0);
    ready.block();
    begin("polls");
    loop {
        wasi::io::poll::poll(&[&ready]);
    }
}

async fn fails() -> Result<u8, String> {
    Err("not today".into())
}

/// How many bytes two jobs read from stdin together, and their sum.
async fn two_readers() -> Result<(usize, u64), Failure> {
    let reads = async || {
        let mut input = Vec::new();
        std::io::stdin().read_to_end(&mut input).unwrap();
        (input.len(), input.into_iter().map(u64::from).sum::<u64>())
    };
    let (one, other) = (reads.par().catch(), reads.par().catch()).try_join().await?;
    Ok((one.0 + other.0, one.1 + other.1))
}

fn random(length: u64) -> Vec<u8> {
    wasi::random::random::get_random_bytes(length)
}

/// Makes one host call after the other, none of which waits.
async fn looks_at_files() {
    sleep(Duration::from_millis(1)).await;
    loop {
        black_box(std::fs::exists("/nothing").unwrap());
    }
}
