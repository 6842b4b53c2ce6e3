//! The error of a std function is no message.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let words = vec!["1".to_string(), "x".to_string()];
    let numbers: Result<Vec<u32>, _> = words.par_iter().map(|word| word.parse::<u32>()).collect().await;
    println!("{numbers:?}");
}
