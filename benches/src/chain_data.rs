//! The data of the chains, and the functions of their items: the same here and for rayon.

use std::collections::HashMap;

/// A random number for each place.
fn mixed(place: u64) -> u64 {
    let mixed = (place + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 32)
}

pub(crate) fn value(n: u64) -> f64 {
    (mixed(n) >> 11) as f64 / (1_u64 << 53) as f64
}

pub(crate) fn floats(count: usize, seed: u64) -> Vec<f64> {
    (0..count as u64).map(|n| value(n * 8 + seed)).collect()
}

/// Lines of this many bytes together, each with four columns.
pub(crate) fn table(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 100);
    for n in 0.. {
        if text.len() >= bytes {
            break;
        }
        let number = mixed(n);
        text.push_str(&format!("{n},name{},{},{}\n", number % 1000, number >> 40, number % 77));
    }
    text
}

/// Words of this many bytes together, few of them often.
pub(crate) fn words(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 100);
    for n in 0.. {
        if text.len() >= bytes {
            break;
        }
        let (number, rank) = (mixed(n), mixed(n) % 64);
        text.push_str(&format!("word{} ", number % (rank * rank + 1)));
        if n % 12 == 0 {
            text.push('\n');
        }
    }
    text
}

/// The third column of a line.
pub(crate) fn third(line: &str) -> u64 {
    line.split(',').nth(2).and_then(|column| column.parse().ok()).unwrap_or(0)
}

pub(crate) fn count(mut counts: HashMap<String, u64>, word: &str) -> HashMap<String, u64> {
    match counts.get_mut(word) {
        Some(count) => *count += 1,
        None => drop(counts.insert(word.to_owned(), 1)),
    }
    counts
}

pub(crate) fn merge(mut all: HashMap<String, u64>, counts: HashMap<String, u64>) -> HashMap<String, u64> {
    if all.is_empty() {
        return counts;
    }
    for (word, count) in counts {
        *all.entry(word).or_default() += count;
    }
    all
}
