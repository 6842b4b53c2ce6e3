//! Copies bytes several times, each time to the next of several buffers in warm memory. Prints the
//! microseconds of all copies.
//!
//! The arguments are the number of copies, and the number of bytes.

#![expect(clippy::print_stdout, reason = "a program's output")]

#[path = "../src/rounds.rs"]
mod rounds;

use std::hint::black_box;
use std::time::Instant;

use rounds::Rounds;

/// As in `messages`.
const BYTES: usize = 1 << 20;
const MESSAGES: usize = 100;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse().expect("a number"));
    let (copies, size): (usize, usize) = (arguments.next().unwrap_or(2), arguments.next().unwrap_or(0));
    let count = (BYTES / size.max(1)).clamp(1, MESSAGES);
    // Not zeros, whose pages could all be one shared page.
    let mut places: Vec<Vec<u8>> = (0..=copies).map(|place| vec![place as u8 + 1; size]).collect();
    let mut rounds = Rounds::new();
    while rounds.continues() {
        let start = Instant::now();
        for _ in 0..count {
            for place in 0..copies {
                let (from, to) = places.split_at_mut(place + 1);
                to[0].copy_from_slice(black_box(&from[place]));
                black_box(&mut to[0]);
            }
        }
        rounds.add(start);
    }
    println!("{:.4}", rounds.each(count));
}
