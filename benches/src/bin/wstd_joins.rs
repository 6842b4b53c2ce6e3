//! Joins and races futures on wstd, and prints the microseconds per operation.

#![expect(missing_docs, reason = "the attribute of wstd makes its main public")]
#![expect(clippy::print_stdout, reason = "a program's output")]

#[path = "../joins.rs"]
mod joins;
#[path = "../rounds.rs"]
mod rounds;

#[wstd::main]
async fn main() {
    println!("{:.4}", joins::each().await);
}
