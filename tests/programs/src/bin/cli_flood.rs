//! Prints a million numbered lines, from main and from jobs.
use std::fmt::Write as _;

use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn lines(start: u32) {
    let mut text = String::new();
    for n in start..start + 10_000 {
        writeln!(text, "line {n}").unwrap();
    }
    print!("{text}");
}

#[guest_runtime::main]
async fn main() {
    for start in (0..1_000_000).step_by(20_000) {
        lines(start).await;
        lines(start + 10_000).par().await;
    }
}
