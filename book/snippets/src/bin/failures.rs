//! Ways to end a job without a value.
use std::hint::black_box;

use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn fail(how: String) -> u32 {
    match how.as_str() {
        "panic" => panic!("no luck"),
        "abort" => std::process::abort(),
        "recurse" => deeper(1),
        "exit" => guest_runtime::exit(3),
        _ => 0,
    }
}

fn deeper(n: u32) -> u32 {
    if black_box(n) == 0 { 0 } else { deeper(black_box(n + 1)) + 1 }
}

#[guest_runtime::main]
async fn main() {
    for how in ["panic", "abort", "recurse", "exit"] {
        let failure = fail(how.into()).par().catch().await.unwrap_err();
        println!("{how}: the job {failure}");
    }
}
