//! Joins and races futures, and prints the microseconds per operation.

#![expect(clippy::print_stdout, reason = "a program's output")]

#[path = "../joins.rs"]
mod joins;
#[path = "../rounds.rs"]
mod rounds;

#[guest_runtime::main]
async fn main() {
    println!("{:.4}", joins::each().await);
}
