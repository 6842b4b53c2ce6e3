//! One result per item: a failure affects no other item, whatever its kind and its source.
use std::hint::black_box;

use guest_runtime::Failure;
use guest_runtime::prelude::*;

/// Fails for every third item, each time in another way.
fn double(n: &u32) -> u32 {
    match n % 12 {
        3 => panic!("item {n}"),
        6 => std::process::abort(),
        9 => guest_runtime::exit(3),
        _ => n * 2,
    }
}

fn check(n: u32, result: Result<u32, Failure>) {
    match (n % 12, result) {
        (3, Err(Failure::Panicked(panic))) => assert_eq!(panic.message, format!("item {n}")),
        (6, Err(Failure::Trapped(_))) | (9, Err(Failure::Exited(3))) => {}
        (_, result) => assert_eq!(result, Ok(n * 2)),
    }
}

/// Borrowed, owned and mutable items, as a list and as streams.
async fn alone() {
    let numbers: Vec<u32> = (0..50).collect();
    let results = numbers.par_iter().map(double).catch_each().await;
    assert_eq!(results.len(), 50);
    numbers.iter().zip(results).for_each(|(n, result)| check(*n, result));
    let results = numbers.clone().into_par_iter().map(|n| double(&n)).catch_each().await;
    numbers.iter().zip(results).for_each(|(n, result)| check(*n, result));

    let mut endless = (0_u32..).par_bridge().map(|n| double(&n)).catch_each().stream();
    for n in 0..50 {
        check(n, endless.next().await.unwrap());
    }
    let failed = (0..50_u32).par_map(async |n| double(&n)).catch_each().unordered();
    assert_eq!(failed.filter(Result::is_err).count().await, 12);
    let all: Result<Vec<u32>, Failure> = numbers.par_iter().map(double).catch_each().collect().await;
    assert!(matches!(all, Err(Failure::Panicked(panic)) if panic.message == "item 3"));

    // What a failed job has changed keeps its value.
    let mut changed = numbers.clone();
    let results = changed.par_iter_mut().map(|n| *n = double(n) + 1).catch_each().await;
    for ((n, now), result) in numbers.iter().zip(changed).zip(results) {
        assert_eq!(now, if result.is_ok() { n * 2 + 1 } else { *n });
    }
}

/// A limit of memory is one for each item.
async fn limits() {
    let grow = |n: usize| black_box(vec![1_u8; n << 20]).len() >> 20;
    let grown = [1, 40, 2].into_par_iter().memory(24 << 20).map(grow).catch_each().await;
    assert!(matches!(&grown[..], [Ok(1), Err(Failure::OutOfMemory(_)), Ok(2)]), "{grown:?}");
}

/// Items that share a job share its failure, once if the number of its results is unknown.
async fn together() {
    let bad = |n: u32| {
        assert_ne!(n, 5);
        n
    };
    let outcomes = async |results: Vec<Result<u32, Failure>>| -> String {
        results.into_iter().map(|result| result.map_or("x".to_owned(), |n| n.to_string())).collect()
    };
    let items = || (0..9_u32).into_par_iter();
    assert_eq!(outcomes(items().map(bad).catch_each().await).await, "01234x678");
    assert_eq!(outcomes(items().map(bad).catch_each().grain(3).await).await, "012xxx678");
    assert_eq!(outcomes(items().grain(3).map(bad).filter(|n| n % 2 == 0).catch_each().await).await, "02x68");
    assert_eq!(outcomes(items().map(bad).filter(|n| n % 2 == 0).catch_each().await).await, "024x68");
    let lines = "0\n1\n5\n3".par_lines().map(|line| line.parse().unwrap());
    assert_eq!(outcomes(lines.map(bad).catch_each().await).await, "01x3");
    // One fold for each item, because there are fewer than pieces of a fold.
    let sums = items().map(bad).fold(|| 0, |sum, n| sum + n).catch_each().await;
    assert_eq!(outcomes(sums).await, "01234x678");
}

#[guest_runtime::main]
async fn main() {
    alone().await;
    limits().await;
    together().await;
    println!("each for itself");
}
