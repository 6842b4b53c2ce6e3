//! Multiplies square matrices of `f32`, on all cores.
//!
//! ```text
//! $ host run matmul.wasm --cores 2 -- 1024
//! 1024 x 1024, checksum 64a50c91090255a7
//! multiplied in 0.119 s
//! ```
//!
//! The rows of `a` are replaced by those of `a * b` in place, in bands of rows, one job per band. Each band
//! needs all of `b`, so `b` is shared: every instance reads it once.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]

mod kernel;

use std::time::Instant;

use guest_runtime::Shared;
use guest_runtime::prelude::*;

/// Several bands per core, so that a slow core delays the result only slightly.
const BANDS: usize = 4;

/// Replaces `a` by `a * b`.
async fn multiply(a: &mut [f32], b: &Shared<Vec<f32>>, n: usize) {
    let rows = n.div_ceil(guest_runtime::cores() * BANDS);
    a.par_chunks_mut(rows * n)
        .lending(b)
        .par_for_each(async |(b, rows)| kernel::multiply(rows, b, b.len().isqrt()))
        .await;
}

/// Returns a pseudo-random number between -1 and 1, which depends only on the position.
fn number(place: usize) -> f32 {
    let mixed = (place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    // Sixteen bits, which are exact.
    f32::from((mixed >> 48) as i16) / 32768.0
}

/// Verifies some entries against the definition.
fn is_product(product: &[f32], n: usize) -> bool {
    let places = [(0, 0), (0, n - 1), (n - 1, 0), (n - 1, n - 1), (n / 2, n / 3), (n / 3, n / 2)];
    places.iter().all(|&(row, column)| {
        let terms = (0..n).map(|k| f64::from(number(row * n + k)) * f64::from(number((n + k) * n + column)));
        let exact: f64 = terms.sum();
        (f64::from(product[row * n + column]) - exact).abs() < 1e-6 * n as f64
    })
}

/// Returns a checksum of all bits and their positions.
fn checksum(numbers: &[f32]) -> u64 {
    let bits = numbers.iter().map(|number| u64::from(number.to_bits()));
    (1..).zip(bits).fold(0, |sum: u64, (place, bits)| sum.wrapping_add(bits * place))
}

#[guest_runtime::main]
async fn main() {
    let n = std::env::args().nth(1).map_or(1024, |n| n.parse().expect("the argument is a number"));
    assert!(n > 0, "a matrix has a row at least");
    let mut a: Vec<f32> = (0..n * n).map(number).collect();
    let b: Vec<f32> = (n * n..2 * n * n).map(number).collect();
    let b = Shared::new(b);

    let start = Instant::now();
    multiply(&mut a, &b, n).await;
    let took = start.elapsed();

    assert!(is_product(&a, n), "it has to be the product");
    println!("{n} x {n}, checksum {:016x}", checksum(&a));
    eprintln!("multiplied in {:.3} s", took.as_secs_f64());
}
