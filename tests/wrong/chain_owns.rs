//! A closure of a chain owns nothing either.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let names = vec!["a".to_string()];
    let lengths: Vec<usize> = (0..1_usize).into_par_iter().map(move |n| names[n].len()).collect().await;
    println!("{lengths:?}");
}
