//! Joins and races futures: says how many microseconds each took.

#![expect(clippy::print_stdout, reason = "a program's output")]

#[path = "../joins.rs"]
mod joins;
#[path = "../rounds.rs"]
mod rounds;

#[guest_runtime::main]
async fn main() {
    println!("{:.4}", joins::each().await);
}
