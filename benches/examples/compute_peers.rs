//! Peers of examples/primes.rs, examples/mandelbrot and examples/pgzip: the same work without this project,
//! on one thread or with rayon. The output is identical, byte for byte.
//!
//! This is a cargo example so that it can be built twice: natively, where rayon has threads, and as a
//! component, where rayon has none and runs everything on the caller's thread.
//!
//! ```text
//! $ compute_peers primes rayon 5000000
//! 348513
//! ```

#![expect(clippy::print_stdout, reason = "a program's output")]

#[path = "../../examples/pgzip/block.rs"]
mod block;
#[path = "../../examples/mandelbrot/picture.rs"]
mod picture;

use std::fs;
use std::io::{self, Write as _};

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use block::{BLOCK, DICTIONARY, HEADER};

/// As in examples/primes.rs.
const CHUNK: u64 = 10_000;

/// The default level of pgzip.
const LEVEL: u32 = 6;

/// Maps each number of a range, keeping the order.
type Map<T> = fn(std::ops::Range<usize>, &(dyn Fn(usize) -> T + Sync)) -> Vec<T>;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [what, variant, on] = arguments.as_slice() else { panic!("three arguments") };
    match what.as_str() {
        "primes" => primes(on.parse().expect("a number"), map(variant)),
        "mandelbrot" => mandelbrot(on, map(variant)),
        "pgzip" => pgzip(&fs::read(on).expect("a file to read"), map(variant)),
        _ => panic!("no such case: {what}"),
    }
}

fn map<T: Send>(variant: &str) -> Map<T> {
    match variant {
        "plain" => |all, make| all.map(make).collect(),
        // Without a minimum of items per thread: all items are large.
        "rayon" => |all, make| all.into_par_iter().map(make).collect(),
        _ => panic!("unknown variant {variant}"),
    }
}

fn primes(end: u64, map: Map<usize>) {
    let chunk = |index| {
        let start = index as u64 * CHUNK;
        (start..end.min(start + CHUNK)).filter(|&n| is_prime(n)).count()
    };
    let chunks = usize::try_from(end.div_ceil(CHUNK)).expect("so many in memory");
    println!("{}", map(0..chunks, &chunk).into_iter().sum::<usize>());
}

fn is_prime(n: u64) -> bool {
    n > 1 && !(2..).take_while(|d| d * d <= n).any(|d| n.is_multiple_of(d))
}

fn mandelbrot(output: &str, map: Map<Vec<u8>>) {
    let view = picture::SEAHORSE;
    let rows = map(0..view.height as usize, &|y| view.row(y as u32));
    let file = io::BufWriter::new(fs::File::create(output).expect("a file to write"));
    picture::write(view, &rows.concat(), file).expect("a picture");
}

/// Compresses after all input is read; our example overlaps reading and writing.
fn pgzip(text: &[u8], map: Map<Vec<u8>>) {
    // The last block is shorter than the others, and may be empty.
    let blocks = text.len() / BLOCK + 1;
    let deflate = |index: usize| {
        let start = index * BLOCK;
        let dictionary = &text[start.saturating_sub(DICTIONARY)..start];
        let is_last = index + 1 == blocks;
        block::deflate(&text[start..text.len().min(start + BLOCK)], dictionary, is_last, LEVEL)
    };
    let mut stdout = io::stdout().lock();
    let pieces = map(0..blocks, &deflate);
    let trailer = block::trailer(crc32fast::hash(text), text.len() as u64);
    for piece in [HEADER.to_vec()].into_iter().chain(pieces).chain([trailer]) {
        stdout.write_all(&piece).expect("stdout can be written");
    }
    stdout.flush().expect("stdout can be written");
}
