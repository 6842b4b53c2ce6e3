//! A text has no items of its own.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let text = "one two".to_string();
    let longest = text.par_iter().map(|word| word.len()).max().await;
    println!("{longest:?}");
}
