//! `par_on` takes borrows and numbers, not other values.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let words = vec!["a".to_string()];
    let find = async |(words, word): (&Vec<String>, String)| words.contains(&word);
    println!("{}", find.par_on((&words, "a".to_string())).await);
}
