//! The data of the chains, the functions of their items, and the chains of std: the same here and for rayon.

use std::collections::HashMap;
use std::time::Duration;

/// The first rounds create instances and measure the items.
pub(crate) const ROUNDS: usize = 9;

/// A case with its data, as the arguments of the program describe it.
pub(crate) struct Case {
    pub(crate) what: String,
    pub(crate) size: usize,
    /// Whether the chain is one of std, which runs on one core.
    pub(crate) is_sequential: bool,
    pub(crate) a: Vec<f64>,
    pub(crate) b: Vec<f64>,
    pub(crate) text: String,
}

impl Case {
    /// Reads the arguments, and generates the data that the case needs.
    pub(crate) fn of_arguments() -> Self {
        let arguments: Vec<_> = std::env::args().skip(1).collect();
        let (what, size, is_sequential) = match arguments.as_slice() {
            [what, size] => (what, size, false),
            [what, size, sequential] if sequential == "sequential" => (what, size, true),
            _ => panic!("the case, its size, and perhaps `sequential`"),
        };
        let size: usize = size.parse().expect("a number");
        let (a, b, text) = match what.as_str() {
            "csv" => (Vec::new(), Vec::new(), table(size)),
            "words" => (Vec::new(), Vec::new(), words(size)),
            _ => (floats(size, 1), floats(size, 2), String::new()),
        };
        Self { what: what.clone(), size, is_sequential, a, b, text }
    }

    /// Runs the chain of std and returns its checksum.
    pub(crate) fn sequential(&self) -> u64 {
        let Self { a, b, text, .. } = self;
        match self.what.as_str() {
            "sum" => a.iter().map(|x| x * 0.5).filter(|x| *x > 0.1).sum::<f64>() as u64,
            "dot" => a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>() as u64,
            "max" => {
                let largest = a.iter().enumerate().max_by(|(_, x), (_, y)| x.total_cmp(y));
                largest.map_or(0, |(index, _)| index as u64)
            }
            "collect" => {
                let map: HashMap<u64, f64> = (0..self.size as u64).map(|n| (n, value(n))).collect();
                map.len() as u64
            }
            "csv" => text.lines().map(third).sum(),
            "words" => text.split_whitespace().fold(HashMap::new(), count).len() as u64,
            what => panic!("no case {what}"),
        }
    }
}

/// Prints the checksum, and the median of the times on stderr.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]
pub(crate) fn report(what: &str, size: usize, checksum: u64, mut times: Vec<Duration>) {
    times.sort();
    println!("{size} items, checksum {checksum:x}");
    eprintln!("{what} in {:.6} s", times.get(ROUNDS / 2).map_or(0.0, Duration::as_secs_f64));
}

/// Returns a random number for each position.
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

/// Generates lines with this many bytes in total, each with four columns.
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

/// Generates words with this many bytes in total, from a small vocabulary.
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
