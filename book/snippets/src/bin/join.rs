//! Waits for all jobs.
use guest_runtime::ParallelFuture;
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn square(n: u64) -> u64 {
    n * n
}

#[guest_runtime::parallel]
async fn reverse(text: String) -> String {
    text.chars().rev().collect()
}

#[guest_runtime::main]
async fn main() {
    // A tuple of any types, including futures that are not jobs.
    let all = (square(3).par(), reverse("hello".into()).par(), async { "here" });
    let (nine, olleh, here) = all.join().await;
    println!("{nine} {olleh} {here}");

    // An array or a `Vec` of one type.
    let squares: Vec<_> = (1..=5).map(|n| square(n).par()).collect();
    println!("{:?}", squares.join().await);

    // Different functions with the same output have the same future type.
    let mut mixed: Vec<ParallelFuture<'_, u64>> = vec![];
    mixed.push(square(4).par());
    mixed.push((async || 17).par());
    println!("{:?}", mixed.join().await);
}
