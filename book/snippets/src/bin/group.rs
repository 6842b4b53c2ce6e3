//! A growing set of jobs: each result determines the next ones.
use guest_runtime::futures_concurrency::future::FutureGroup;
use guest_runtime::prelude::*;

/// The divisors of a number, other than 1 and itself.
#[guest_runtime::parallel]
async fn divisors(n: u64) -> Vec<u64> {
    (2..n).filter(|&d| n.is_multiple_of(d)).collect()
}

#[guest_runtime::main]
async fn main() {
    let mut seen = vec![360];
    let mut group = FutureGroup::from_iter([divisors(360).par()]);
    while let Some(divisors_of_one) = group.next().await {
        for n in divisors_of_one {
            if !seen.contains(&n) {
                seen.push(n);
                group.insert(divisors(n).par());
            }
        }
    }
    seen.sort();
    println!("{} jobs: {seen:?}", seen.len());
}
