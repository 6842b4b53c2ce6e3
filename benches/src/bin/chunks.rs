//! Lends a GiB to jobs in chunks, and prints how many seconds that took: the throughput of sending data.
//!
//! The arguments are the bytes per chunk, and the chunks per job; 0 leaves that to the runtime. Prints the
//! second of two rounds, and then waits for a line on stdin, so that the memory of the host can be read.

#![expect(clippy::print_stdout, reason = "a program's output")]

use std::time::Instant;

use guest_runtime::prelude::*;

const GIB: usize = 1 << 30;

/// The cheapest work that reads all bytes.
fn xor(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let rest = rest.iter().fold(0, |all, &byte| all ^ u64::from(byte));
    words.iter().fold(rest, |all, &word| all ^ u64::from_le_bytes(word))
}

#[guest_runtime::main]
async fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse().expect("a number"));
    let (size, grain): (usize, usize) = (arguments.next().unwrap_or(1 << 20), arguments.next().unwrap_or(0));
    let bytes: Vec<u8> = (0..GIB).map(|place| (place ^ (place >> 8)) as u8).collect();
    let here = Instant::now();
    let expected = xor(&bytes);
    let here = here.elapsed();
    let mut there = here;
    for _ in 0..2 {
        let start = Instant::now();
        let xors = bytes.par_chunks(size).par_map(async |chunk| xor(chunk));
        let xors = if grain > 0 { xors.grain(grain) } else { xors };
        let all = xors.await.into_iter().fold(0, |all, chunk| all ^ chunk);
        there = start.elapsed();
        assert_eq!(all, expected, "it has to be the same bytes");
    }
    println!("{:.6}\n{:.6}", there.as_secs_f64(), here.as_secs_f64());
    std::io::stdin().read_line(&mut String::new()).expect("stdin can be read");
}
