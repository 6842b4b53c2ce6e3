//! Joins and races futures, with tokio: says how many microseconds each took.
//!
//! An example, because it is built twice: for this machine, and as a component.

#![expect(clippy::print_stdout, reason = "a program's output")]

#[path = "../src/joins.rs"]
mod joins;
#[path = "../src/rounds.rs"]
mod rounds;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("{:.4}", joins::each().await);
}
