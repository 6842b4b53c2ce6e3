//! One result per item, of which one is a failure.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let words = ["12", "x", "7"].map(String::from);
    let numbers =
        words.par_iter().map(|word| word.parse::<u32>().expect("a number"));
    for (word, number) in words.iter().zip(numbers.catch_each().await) {
        match number {
            Ok(number) => println!("{word}: {number}"),
            Err(failure) => println!("{word}: {failure}"),
        }
    }
}
