//! Chains of adapters give what those of std give, on any number of cores and however items are divided.
use std::collections::{BTreeMap, HashMap};

use guest_runtime::futures_lite::stream;
use guest_runtime::prelude::*;

/// Enough for many jobs.
fn numbers() -> Vec<u64> {
    (0..100_000).map(|n| n * 7919 % 100_003).collect()
}

/// One pass over the items, and only the value comes back.
async fn values() {
    let numbers = numbers();
    let odd: u64 = numbers.iter().filter(|n| *n % 2 == 1).map(|n| n * n).sum();
    assert_eq!(numbers.par_iter().filter(|n| *n % 2 == 1).map(|n| n * n).sum::<u64>().await, odd);
    assert_eq!(numbers.par_iter().max().await.as_ref(), numbers.iter().max());
    let smallest = numbers.iter().copied().enumerate().min_by_key(|(_, n)| n.abs_diff(5000));
    assert_eq!(numbers.par_iter().enumerate().min_by_key(|(_, n)| n.abs_diff(5000)).await, smallest);
    let (factor, least) = (3_u64, vec![10_u64, 20]);
    let lent = numbers.par_iter().lending((factor, &least)).map(|((factor, _), n)| factor * n);
    let count = lent.filter(|((factor, least), n)| *n > factor * least[1]).count().await;
    assert_eq!(count, numbers.iter().filter(|n| **n > 20).count());
    assert_eq!(numbers.par_iter().position_first(|n| *n == 5).await, numbers.iter().position(|n| *n == 5));
    assert!(numbers.par_iter().any(|n| *n == 99_999).await);
    assert_eq!((0..3_000_000_000_u64).into_par_iter().find_first(|n| n * n > 1 << 20).await, Some(1025));
}

/// The same bits on any number of cores, and for any grain: they are printed.
async fn floats() {
    let floats: Vec<f64> = numbers().into_iter().map(|n| 1.0 / (n + 1) as f64).collect();
    let dot = || floats.par_iter().zip(&floats).map(|(a, b)| a * b);
    let once = dot().sum::<f64>().await;
    assert_eq!(dot().grain(77).sum::<f64>().await.to_bits(), once.to_bits());
    let largest = floats.par_iter().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b)).await;
    let folded = floats.par_iter().fold(|| 0.0, |sum, x| sum + x * 0.1).collect::<Vec<f64>>().await;
    let bits = folded.iter().fold(folded.len() as u64, |bits, sum| bits.rotate_left(1) ^ sum.to_bits());
    println!("{once:?} {largest:?} {bits:x}");
}

async fn collections() {
    let numbers = numbers();
    let squares: HashMap<u64, u64> = numbers.par_iter().map(|n| (*n, n * n)).collect().await;
    assert!(numbers.iter().all(|n| squares[n] == n * n));
    assert_eq!(
        squares.par_iter().map(|(n, square)| square / n.max(&1)).sum::<u64>().await,
        numbers.iter().sum()
    );
    let (small, large): (Vec<u64>, Vec<u64>) = numbers.par_iter().partition(|n| **n < 50_000).await;
    assert!(small.iter().eq(numbers.iter().filter(|n| **n < 50_000)));
    assert_eq!(small.len() + large.len(), numbers.len());
    let even = numbers.par_iter().map(|n| if n % 100_001 == 0 { Err(*n) } else { Ok(n % 7) });
    assert_eq!(even.collect::<Result<Vec<u64>, u64>>().await, Err(0));
    let reversed: Vec<u64> = numbers.par_iter().rev().chain(&[1, 2]).skip(5).step_by(3).collect().await;
    assert!(reversed.iter().eq(numbers.iter().rev().chain(&[1, 2]).skip(5).step_by(3)));
    let strings = numbers.into_par_iter().map(|n| n.to_string()).take(1000).collect::<Vec<_>>().await;
    assert_eq!(strings[3], "23757");
    let streamed = stream::iter(strings.clone()).par_bridge().map(|text| text.len()).sum::<usize>().await;
    assert_eq!(streamed, strings.iter().map(String::len).sum::<usize>());
}

async fn texts() {
    let text: String = (0..20_000).map(|n| format!("{} {},{}\n", n % 97, n, n * 7 % 13)).collect();
    let sum =
        text.par_lines().map(|line| line.rsplit(',').next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0));
    assert_eq!(sum.sum::<u64>().await, (0..20_000).map(|n| n * 7 % 13).sum());
    let count = |mut counts: BTreeMap<String, u32>, word: &str| {
        *counts.entry(word.to_owned()).or_default() += 1;
        counts
    };
    let merge = |mut all: BTreeMap<String, u32>, counts: BTreeMap<String, u32>| {
        counts.into_iter().for_each(|(word, count)| *all.entry(word).or_default() += count);
        all
    };
    let counts = text.par_split_whitespace().fold(BTreeMap::new, count).reduce(BTreeMap::new, merge).await;
    let mut expected = BTreeMap::new();
    text.split_whitespace().for_each(|word| *expected.entry(word.to_owned()).or_default() += 1);
    assert_eq!(counts, expected);
    assert!(
        text.par_split('\n').collect::<Vec<_>>().await.iter().eq(text.split('\n').collect::<Vec<_>>().iter())
    );
    assert_eq!(text.par_chars().filter(|c| *c == ',').count().await, 20_000);
}

async fn changes() {
    let mut numbers = numbers();
    let others = numbers.clone();
    numbers.par_iter_mut().zip(&others).for_each(|(a, b)| *a += b).await;
    assert!(numbers.iter().zip(&others).all(|(a, b)| *a == 2 * b));
    numbers.par_chunks_mut(1000).enumerate().for_each(|(index, chunk)| chunk.fill(index as u64)).await;
    assert!(numbers.iter().enumerate().all(|(index, n)| *n == index as u64 / 1000));
    let mut sorted = others.clone();
    sorted.par_sort_by(|a, b| (b % 10).cmp(&(a % 10))).await;
    let mut expected = others;
    expected.sort_by_key(|n| std::cmp::Reverse(n % 10));
    assert_eq!(sorted, expected);
}

#[guest_runtime::main]
async fn main() {
    values().await;
    collections().await;
    texts().await;
    changes().await;
    floats().await;
}
