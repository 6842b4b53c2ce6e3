//! Every combinator of futures-concurrency takes parallel futures.
use guest_runtime::futures_concurrency::future::FutureGroup;
use guest_runtime::prelude::*;
use guest_runtime::{Failure, ParallelFuture};

#[guest_runtime::parallel]
async fn double(n: u64) -> u64 {
    n * 2
}

#[guest_runtime::parallel]
async fn refuse(n: u64) -> u64 {
    panic!("refused {n}")
}

#[guest_runtime::main]
async fn main() {
    println!("tuple {:?}", (double(1).par(), async { 0 }, double(3).par()).join().await);
    println!("array {:?}", [double(1).par(), double(2).par()].join().await);
    let many: Vec<ParallelFuture<'_, u64>> = (0..100).map(|n| double(n).par()).collect();
    println!("vec {}", many.join().await.into_iter().sum::<u64>());
    println!("race {}", (double(5).par(), std::future::pending()).race().await);
    let good: Result<(u64, u64), Failure> =
        (double(1).par().catch(), double(2).par().catch()).try_join().await;
    println!("try_join {good:?}");
    let bad: Result<Vec<u64>, Failure> =
        vec![double(1).par().catch(), refuse(2).par().catch()].try_join().await;
    println!("try_join {}", bad.unwrap_err().to_string().ends_with("refused 2"));
    let ok = [refuse(1).par().catch(), double(2).par().catch(), refuse(3).par().catch()].race_ok().await;
    println!("race_ok {:?}", ok.ok());
    let none = [refuse(1).par().catch(), refuse(2).par().catch()].race_ok().await;
    println!("race_ok {}", none.unwrap_err().iter().count());

    let mut group: FutureGroup<_> = (0..10).map(|n| double(n).par()).collect();
    let mut sum = 0;
    while let Some(doubled) = group.next().await {
        sum += doubled;
        if doubled == 4 {
            group.insert(double(100).par());
        }
    }
    println!("group {sum}");
    let numbers: Vec<u64> = (0..50).collect();
    let limit = std::num::NonZeroUsize::new(4);
    let mut doubled: Vec<u64> =
        numbers.into_co_stream().limit(limit).map(|n| double(n).par()).collect().await;
    doubled.sort_unstable();
    println!("co_stream {} {:?}", doubled.len(), doubled.last());
}
