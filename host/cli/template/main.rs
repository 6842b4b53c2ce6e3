//! Counts the primes below a number, on all cores.

use std::env;
use std::ops::Range;

use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let end = env::args().nth(1).map_or(1_000_000, |end| {
        end.parse().expect("the argument is a number")
    });
    let count = primes_below(end).await;
    println!(
        "{count} primes below {end}, counted on {} cores",
        guest_runtime::cores()
    );
}

/// Counts the primes below a number, with a job for each range of 10,000.
async fn primes_below(end: u64) -> usize {
    let ranges = (0..end)
        .step_by(10_000)
        .map(|start| start..end.min(start + 10_000));
    let jobs: Vec<_> = ranges.map(|range| primes(range).par()).collect();
    jobs.join().await.into_iter().sum()
}

/// Counts the primes in a range. Called with `.par()`, it runs on any core.
#[guest_runtime::parallel]
async fn primes(range: Range<u64>) -> usize {
    range.filter(|&n| is_prime(n)).count()
}

fn is_prime(n: u64) -> bool {
    n > 1
        && !(2..)
            .take_while(|d| d * d <= n)
            .any(|d| n.is_multiple_of(d))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_is_the_first_prime() {
        assert_eq!(
            (0..6).filter(|&n| is_prime(n)).collect::<Vec<_>>(),
            [2, 3, 5]
        );
    }

    #[guest_runtime::test]
    async fn jobs_count_each_range_once() {
        assert_eq!(primes_below(100_000).await, 9_592);
    }
}
