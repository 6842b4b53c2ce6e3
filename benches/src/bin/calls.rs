//! Nothing but calls: each looks whether the guest is to give way, so this is what that costs most.

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
