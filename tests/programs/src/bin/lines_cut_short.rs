//! Jobs that end in the middle of a line.
use std::io::{Write as _, stdout};

use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn begin_line(end: String) {
    print!("{end}: half");
    stdout().flush().unwrap();
    eprint!("{end}; ");
    match end.as_str() {
        "panic" => panic!("in the middle"),
        "abort" => std::process::abort(),
        "exit" => guest_runtime::exit(3),
        _ => {}
    }
}

#[guest_runtime::main]
async fn main() {
    for end in ["return", "panic", "abort", "exit"] {
        let outcome = begin_line(end.to_owned()).par().catch().await;
        println!(" a line, {}", outcome.is_ok());
    }
}
