//! Jobs of all kinds for a trace: with and without names, waiting, and starting others. Each argument is the
//! name of one job, and `panic` makes main panic because of one that does.
use guest_runtime::prelude::*;
use guest_runtime::time::sleep;
use std::time::Duration;

#[guest_runtime::parallel]
async fn leaf(n: u32) -> u32 {
    n
}

#[guest_runtime::parallel]
async fn waits() {
    sleep(Duration::from_millis(5)).await;
}

#[guest_runtime::parallel]
async fn branch(n: u32) -> u32 {
    let (a, b) = (leaf(n).par(), leaf(n).par().named(format!("leaf {n}"))).join().await;
    a + b
}

#[guest_runtime::parallel]
async fn unlucky() {
    panic!("no luck");
}

#[guest_runtime::main]
async fn main() {
    let sums: Vec<u32> = (0..20).map(|n| branch(n).par()).collect::<Vec<_>>().join().await;
    (waits().par(), waits().par()).join().await;
    // One that has no time to begin, or little to do so.
    let mut dropped = waits().par();
    dropped.start();
    drop(dropped);
    let args: Vec<String> = std::env::args().skip(1).collect();
    let named: Vec<u32> = args.iter().map(|name| leaf(7).par().named(name)).collect::<Vec<_>>().join().await;
    // Closures are named after their lines.
    (par!(async {}), (async || ()).par()).join().await;
    let count = [1_u32, 2].par_iter().map(|n| n + 1).grain(1).count();
    assert_eq!(count.await + [1_usize, 2].par_iter().grain(1).sum::<usize>().await, 5);
    println!("{} {}", sums.iter().sum::<u32>(), named.len());
    if args.iter().any(|name| name == "panic") {
        unlucky().par().named("the last page").await;
    }
}
