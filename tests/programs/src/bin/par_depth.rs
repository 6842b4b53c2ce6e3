//! Endless recursion ends at the depth limit, with a failure that is caught.
use guest_runtime::Failure;
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn deeper(depth: u32) -> (u32, Failure) {
    match deeper(depth + 1).par().catch().await {
        Ok(deepest) => deepest,
        Err(failure) => (depth, failure),
    }
}

#[guest_runtime::main]
async fn main() {
    // Two recursions at a time, several times: each can use the instances of the previous one.
    for _ in 0..5 {
        let (one, two) = (deeper(1).par(), deeper(1).par()).join().await;
        assert_eq!(one, two);
    }
    let (depth, failure) = deeper(1).par().await;
    println!("{depth}: {failure:?}");
}
