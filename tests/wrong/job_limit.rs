//! A job is one: `limit` is for parallel iterators.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let jobs: Vec<_> = (0..100_u64).map(|n| (async |n: u64| n * n).par_with(n).limit(20)).collect();
    println!("{:?}", jobs.join().await);
}
