//! A program that only makes calls. Each call checks whether the guest has to yield, so this is the worst
//! case for the cost of preemption.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]

use std::hint::black_box;
use std::time::Instant;

fn fib(n: u32) -> u64 {
    if n < 2 { u64::from(n) } else { fib(n - 1) + fib(n - 2) }
}

fn main() {
    let start = Instant::now();
    println!("checksum {}", fib(black_box(38)));
    eprintln!("called in {:.4} s", start.elapsed().as_secs_f64());
}
