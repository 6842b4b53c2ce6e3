//! Jobs that start jobs that start jobs: a tree of hundreds, ten deep.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn fib(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let (a, b) = (fib(n - 1).par(), fib(n - 2).par()).join().await;
    a + b
}

#[guest_runtime::main]
async fn main() {
    println!("{}", fib(11).par().await);
}
