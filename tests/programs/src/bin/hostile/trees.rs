//! Many jobs, nested jobs, dropped jobs, and scheduling.

use std::future::{Future as _, poll_fn};
use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;
use guest_runtime::{Failure, FutureGroup, ParallelFuture};

use crate::{begin, begun, beside, canary, double, endless, sleep_for_ever};

pub(crate) async fn run(name: &str) -> bool {
    match name {
        "window" => window().await,
        "join" => join().await,
        "lazy" => beside(builds_and_drops.par().catch()).await,
        "forget" => beside(forgets.par().catch()).await,
        "storm" => storm().await,
        "race" => race().await,
        "drop a tree" => drop_a_tree().await,
        "trap with a tree" => trap_with_a_tree().await,
        "unread" => unread().await,
        "unread, no reactor" => unread_without_a_reactor().await,
        "after ready" => beside(polls_after_ready.par().catch()).await,
        "main ends" => main_ends().await,
        "nested" => nested(8, 4).await,
        "few slots" => nested(6, 3).await,
        "recursion" => beside(async { recursion().par().catch().await? }).await,
        "fork bomb" => beside(bomb().par().timeout(Duration::from_millis(300)).catch()).await,
        "hogs" => hogs().await,
        "everywhere" => everywhere().await,
        "sleepers" => sleepers().await,
        "meeting" => meeting().await,
        "one at a time" => one_at_a_time().await,
        "traces" => traces().await,
        _ => return false,
    }
    true
}

/// 100,000 jobs, 100 at a time.
async fn window() {
    let mut group = FutureGroup::new();
    let (mut started, mut sum) = (0, 0);
    loop {
        while started < 100_000 && group.len() < 100 {
            group.insert(double.par_with(started));
            started += 1;
        }
        match group.next().await {
            Some(doubled) => sum += doubled,
            None => break,
        }
    }
    println!("{sum}");
    canary().await;
}

/// Joins more jobs than may be in flight.
async fn join() {
    let jobs: Vec<_> = (0..120_000).map(|n| double.par_with(n)).collect();
    println!("{}", jobs.join().await.into_iter().sum::<u64>());
    canary().await;
}

/// Futures that are never polled.
async fn builds_and_drops() -> usize {
    (0..1_000_000).map(|n| drop(black_box(double.par_with(n)))).count()
}

async fn forgets() -> usize {
    let mut forgotten = 0;
    for _ in 0..10_000 {
        let mut job = Box::pin(sleep_for_ever.par());
        assert!(job.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        std::mem::forget(job);
        forgotten += 1;
    }
    forgotten
}

/// 100,000 jobs that are started and dropped.
async fn storm() {
    let mut ended = 0;
    for n in 0..100_000 {
        let mut job = if n % 2 == 0 { double.par_with(n) } else { (async |_: u64| endless()).par_with(n) };
        job.start();
        if n % 100 == 0 {
            sleep(Duration::from_micros(n % 700)).await;
        }
        ended += u32::from(job.try_wait().is_some());
    }
    assert!(ended < 50_001);
    println!("over");
    canary().await;
}

async fn competes(n: u64) -> u64 {
    match n {
        501 => n,
        _ if n.is_multiple_of(100) => endless(),
        _ => {
            sleep_for_ever().await;
            0
        }
    }
}

async fn race() {
    let jobs: Vec<_> = (0..1_000).map(|n| competes.par_with(n)).collect();
    println!("{}", jobs.race().await);
    canary().await;
}

struct Goodbye(&'static str);

impl Drop for Goodbye {
    fn drop(&mut self) {
        println!("{} is gone", self.0);
    }
}

/// A job that waits for a job, and so on.
#[guest_runtime::parallel]
async fn tree(depth: usize) {
    let _goodbye = Goodbye(["leaf", "branch", "trunk"][depth]);
    if depth > 0 {
        return tree(depth - 1).par().await;
    }
    // Only a job that has waited can be asked to stop.
    sleep(Duration::from_millis(1)).await;
    begin("leaf");
    sleep_for_ever().await;
}

async fn drop_a_tree() {
    let mut job = tree(2).par();
    job.start();
    begun("leaf").await;
    job.stop().await;
    println!("stopped");
    canary().await;
}

/// Traps while it has jobs that compute and wait, and they have jobs.
async fn has_a_tree_and_traps() {
    let (mut tree, mut hog) = (tree(1).par(), (async || -> u8 { endless() }).par());
    tree.start();
    hog.start();
    begun("leaf").await;
    std::process::abort();
}

async fn trap_with_a_tree() {
    beside(has_a_tree_and_traps.par().catch()).await;
}

/// A job with a result of 4 MiB, which has ended.
fn ended() -> ParallelFuture<'static, Vec<u8>> {
    let mut job = (async || vec![1_u8; 4 << 20]).par();
    job.pollable().block();
    job
}

/// Unread results, between others that are read.
async fn unread() {
    for n in 0..100 {
        drop(ended());
        assert_eq!(double.par_with(n).await, n * 2);
    }
    println!("none read");
    canary().await;
}

/// The same, without an await in between.
async fn unread_without_a_reactor() {
    (0..100).for_each(|_| drop(ended()));
    println!("none read");
    canary().await;
}

async fn polls_after_ready() {
    let mut job = Box::pin(double.par_with(1));
    job.as_mut().await;
    job.await;
}

async fn main_ends() {
    let mut jobs: Vec<_> = (0..20).map(never_ends).collect();
    jobs.iter_mut().for_each(ParallelFuture::start);
    begun("begun").await;
    println!("main ends");
    std::mem::forget(jobs);
}

/// Returns a job that never ends: an even one computes, an odd one waits.
fn never_ends(n: u64) -> ParallelFuture<'static, ()> {
    (async |n: u64| {
        begin("begun");
        if n.is_multiple_of(2) {
            endless();
        }
        sleep_for_ever().await;
    })
    .par_with(n)
}

/// Counts the leaves of a tree of jobs.
#[guest_runtime::parallel]
async fn leaves(depth: u32, width: u64) -> u64 {
    if depth == 0 {
        return 1;
    }
    let jobs: Vec<_> = (0..width).map(|_| leaves(depth - 1, width).par()).collect();
    jobs.join().await.into_iter().sum()
}

async fn nested(depth: u32, width: u64) {
    println!("{}", leaves(depth, width).par().await);
    canary().await;
}

#[guest_runtime::parallel]
async fn recursion() -> Result<u8, Failure> {
    recursion().par().catch().await?
}

/// Starts two more of itself, and ignores their failures.
#[guest_runtime::parallel]
async fn bomb() {
    _ = (bomb().par().catch(), bomb().par().catch()).join().await;
}

/// Jobs of a millisecond, beside one on each core that never ends.
async fn hogs() {
    let mut hogs: Vec<_> = (0..guest_runtime::cores() as u64)
        .map(|n| {
            (async |n: u64| -> u8 {
                begin(&format!("hog {n}"));
                endless()
            })
            .par_with(n)
        })
        .collect();
    hogs.iter_mut().for_each(ParallelFuture::start);
    for n in 0..hogs.len() {
        begun(&format!("hog {n}")).await;
    }
    let short = async || {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(1) {
            std::hint::spin_loop();
        }
    };
    let jobs: Vec<_> = (0..200).map(|_| short.par()).collect();
    println!("{}", jobs.join().await.len());
    drop(hogs);
    canary().await;
}

/// Waits, computes, prints and has jobs of its own.
async fn script() -> u64 {
    let _first = double(1).await;
    eprint!("a");
    sleep(Duration::from_micros(50)).await;
    let (two, waited) =
        (double.par_with(1), (async || sleep(Duration::from_micros(50)).await).par()).join().await;
    begin("a step");
    let four = (async |n: u64| double.par_with(n).await).par_with(two).await;
    eprint!("b");
    let () = waited;
    four
}

/// A script that is ended in different ways after n polls of its parent, or n times a few microseconds.
async fn everywhere() {
    let mut ended = [0; 3];
    for n in 0..150_u64 {
        let short = script.par().timeout(Duration::from_micros(10 * n)).catch().await;
        match short {
            Ok(four) => assert_eq!(four, 4),
            Err(failure) => assert!(matches!(failure, Failure::TimedOut(_)), "{failure}"),
        }
        ended[0] += 1;

        let mut job = Box::pin(script.par());
        let mut polls = 0;
        poll_fn(|context: &mut Context<'_>| {
            polls += 1;
            context.waker().wake_by_ref();
            let is_over = job.as_mut().poll(context).is_ready() || polls > n;
            if is_over { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        drop(job);
        ended[1] += 1;

        let mut job = script.par();
        job.start();
        sleep(Duration::from_micros(5 * n)).await;
        job.stop().await;
        ended[2] += 1;
    }
    println!("{ended:?}");
    canary().await;
}

async fn sleepers() {
    let jobs: Vec<_> = (0..100).map(|_| (async || sleep(Duration::from_secs(2)).await).par()).collect();
    println!("{}", jobs.join().await.len());
    canary().await;
}

/// As many jobs as cores, none of which yields before all have started.
async fn meeting() {
    let all = guest_runtime::cores();
    let meet = async |(me, all): (usize, usize)| {
        begin(&format!("met {me}"));
        let others = (0..all).map(|other| format!("/met {other}"));
        others.filter(|other| met(other)).count()
    };
    let jobs: Vec<_> = (0..all).map(|me| meet.par_with((me, all))).collect();
    assert_eq!(jobs.join().await, vec![all; all]);
    println!("met");
    canary().await;
}

fn met(other: &str) -> bool {
    while !std::fs::exists(other).unwrap() {
        std::hint::spin_loop();
    }
    true
}

static RUNNING: AtomicU32 = AtomicU32::new(0);

/// Waits, and returns how many other jobs of its instance were running when it began.
async fn counts_neighbours() -> u32 {
    let neighbours = RUNNING.fetch_add(1, Ordering::Relaxed);
    sleep(Duration::from_millis(1)).await;
    RUNNING.fetch_sub(1, Ordering::Relaxed);
    neighbours
}

async fn one_at_a_time() {
    let jobs: Vec<_> = (0..1_000).map(|_| counts_neighbours.par()).collect();
    println!("{}", jobs.join().await.into_iter().sum::<u32>());
    canary().await;
}

/// Takes 16 MiB of fresh memory, which should be zeroed, and fills it.
async fn traced(ends_well: bool) -> usize {
    let pages = 256;
    let begin = std::arch::wasm32::memory_grow::<0>(pages) * 65_536;
    #[expect(unsafe_code, reason = "an allocator would clear it")]
    // SAFETY: the line above allocated these pages, and nothing else refers to them.
    let memory = unsafe { std::slice::from_raw_parts_mut(begin as *mut u8, pages * 65_536) };
    let traces = memory.iter().filter(|&&byte| byte != 0).count();
    memory.fill(0xa5);
    if !ends_well {
        std::process::abort();
    }
    traces
}

async fn traces() {
    let mut found = 0;
    for n in 0..12_u32 {
        let job = traced.par_with(n % 3 != 0).fresh().catch();
        found += job.await.unwrap_or(0);
    }
    println!("{found} traces");
    canary().await;
}
