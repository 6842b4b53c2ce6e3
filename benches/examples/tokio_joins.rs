//! Joins and races futures on tokio, and prints the microseconds per operation.
//!
//! This is a cargo example so that it can be built twice: natively, and as a component.

#![expect(clippy::print_stdout, reason = "a program's output")]

#[path = "../src/joins.rs"]
mod joins;
#[path = "../src/rounds.rs"]
mod rounds;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("{:.4}", joins::each().await);
}
