//! Functions, methods, generics and closures as jobs.
use guest_runtime::Message;
use guest_runtime::prelude::*;
use serde::{Deserialize, Serialize};

#[guest_runtime::parallel]
async fn shout(text: String) -> String {
    text.to_uppercase()
}

#[guest_runtime::parallel]
async fn largest<T: Message + Ord>(items: Vec<T>) -> Option<T> {
    items.into_iter().max()
}

#[derive(Serialize, Deserialize)]
struct Account {
    cents: u64,
}

impl Account {
    #[guest_runtime::parallel]
    async fn grown(self, percent: u64) -> Self {
        Self { cents: self.cents + self.cents * percent / 100 }
    }
}

/// A plain `async fn`, without an attribute.
async fn length(text: String) -> usize {
    text.len()
}

#[guest_runtime::main]
async fn main() {
    println!("{}", shout("hello".into()).par().await);
    println!("{:?}", largest(vec![3, 1, 4]).par().await);
    println!("{}", Account { cents: 200 }.grown(5).par().await.cents);

    println!("{}", (async || 1 + 1).par().await);
    println!("{}", (async |n: u64| n * 2).par_with(21).await);
    println!("{}", (async |(a, b): (u64, u64)| a * b).par_with((6, 7)).await);
    println!("{}", length.par_with("hello".into()).await);
}
