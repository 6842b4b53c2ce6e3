//! Peers of examples/sort.rs and examples/matmul: the same work without this project, on one thread or with
//! rayon. Also measures memcpy, as the lower bound of sending data.
//!
//! This is a cargo example so that it can be built twice: natively, where rayon has threads, and as a
//! component, where rayon has none and runs everything on the caller's thread.
//!
//! ```text
//! $ data_peers sort rayon 50000000
//! checksum 8f3f5c1471522205
//! sorted in 0.35 s
//! ```

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]

#[path = "../../examples/matmul/kernel.rs"]
mod kernel;

use std::hint::black_box;
use std::time::Instant;

use rayon::prelude::{IndexedParallelIterator as _, ParallelIterator as _, ParallelSliceMut as _};

/// More bands than in examples/matmul: they cost nothing here, and the last one ends less late.
const BANDS_PER_THREAD: usize = 4;

/// As in examples/sort.rs.
const FEW: usize = 10_000;

const GIB: usize = 1 << 30;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [what, variant, size] = arguments.as_slice() else { panic!("three arguments") };
    let size = size.parse().expect("a number");
    match what.as_str() {
        "sort" => sort(variant, size),
        "matmul" => matmul(variant, size),
        "chunks" => chunks(variant, size),
        _ => panic!("no such case: {what}"),
    }
}

fn sort(variant: &str, count: usize) {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let random = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u32
    };
    let mut items: Vec<u32> = (0..count).map(random).collect();
    let start = Instant::now();
    match variant {
        "plain" => items.sort_unstable(),
        "rayon" => sort_in_parts(&mut items, rayon::current_num_threads()),
        "rayon's own" => items.par_sort_unstable(),
        _ => panic!("unknown variant {variant}"),
    }
    let took = start.elapsed();
    let checksum = checksum(items.iter().map(|&item| u64::from(item)));
    println!("checksum {checksum:016x}");
    eprintln!("sorted in {:.4} s", took.as_secs_f64());
}

/// Sorts as examples/sort.rs does.
fn sort_in_parts(items: &mut [u32], parts: usize) {
    if parts < 2 || items.len() < FEW {
        return items.sort_unstable();
    }
    let (left, _, right) = items.select_nth_unstable(items.len() / 2);
    rayon::join(|| sort_in_parts(left, parts - parts / 2), || sort_in_parts(right, parts / 2));
}

fn matmul(variant: &str, n: usize) {
    let number = |place: usize| {
        let mixed = (place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        f32::from((mixed >> 48) as i16) / 32768.0
    };
    let mut a: Vec<f32> = (0..n * n).map(number).collect();
    let b: Vec<f32> = (n * n..2 * n * n).map(number).collect();
    let start = Instant::now();
    match variant {
        "plain" => kernel::multiply(&mut a, &b, n),
        "rayon" => {
            let rows = n.div_ceil(rayon::current_num_threads() * BANDS_PER_THREAD);
            // One band per job: there are few bands, and all are large.
            let bands = a.par_chunks_mut(rows * n).with_max_len(1);
            bands.for_each(|rows| kernel::multiply(rows, &b, n));
        }
        _ => panic!("unknown variant {variant}"),
    }
    let took = start.elapsed();
    println!("checksum {:016x}", checksum(a.iter().map(|number| u64::from(number.to_bits()))));
    eprintln!("multiplied in {:.4} s", took.as_secs_f64());
}

fn checksum(numbers: impl Iterator<Item = u64>) -> u64 {
    (1..).zip(numbers).fold(0, |sum: u64, (place, number)| sum.wrapping_add(number * place))
}

/// Copies a GiB in chunks of this many bytes, all to the same place.
fn chunks(variant: &str, size: usize) {
    assert_eq!(variant, "memcpy", "the only variant of chunks");
    // Not zeros, whose pages could all be one shared page.
    let from: Vec<u8> = (0..GIB).map(|place| place as u8).collect();
    let mut to = vec![1; size];
    for _ in 0..2 {
        let start = Instant::now();
        for chunk in from.chunks(size) {
            to[..chunk.len()].copy_from_slice(chunk);
            black_box(&mut to);
        }
        eprintln!("copied in {:.4} s", start.elapsed().as_secs_f64());
    }
    println!("checksum 0");
}
