//! What examples/primes.rs, examples/mandelbrot and examples/pgzip do, without them: on one thread, or with
//! rayon. What they print or write is the same, byte for byte.
//!
//! An example, because it is built twice: for this machine, where rayon has threads, and as a
//! component, where it has none and does everything itself.
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

/// What pgzip takes if nobody says.
const LEVEL: u32 = 6;

/// Makes something of each number, in order.
type Map<T> = fn(std::ops::Range<usize>, &(dyn Fn(usize) -> T + Sync)) -> Vec<T>;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [what, who, on] = arguments.as_slice() else { panic!("three arguments") };
    match what.as_str() {
        "primes" => primes(on.parse().expect("a number"), map(who)),
        "mandelbrot" => mandelbrot(on, map(who)),
        "pgzip" => pgzip(&fs::read(on).expect("a file to read"), map(who)),
        _ => panic!("no such case: {what}"),
    }
}

fn map<T: Send>(who: &str) -> Map<T> {
    match who {
        "plain" => |all, make| all.map(make).collect(),
        // No two for each thread: all are large.
        "rayon" => |all, make| all.into_par_iter().map(make).collect(),
        _ => panic!("nobody is called {who}"),
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

/// All is read before anything is written; ours overlaps them.
fn pgzip(text: &[u8], map: Map<Vec<u8>>) {
    // The last is shorter than the others, and may be empty.
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
        stdout.write_all(&piece).expect("somebody reads");
    }
    stdout.flush().expect("somebody reads");
}
