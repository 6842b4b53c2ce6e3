//! With `move`, only a build finds it.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let factor = 3;
    let numbers = vec![1, 2, 3];
    let scaled: Vec<u64> = numbers.par_iter().map(move |n| n * factor).collect().await;
    println!("{scaled:?}");
}
