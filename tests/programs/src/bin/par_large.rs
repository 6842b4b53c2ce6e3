//! Round trips of large messages: 64 MiB of bytes, of numbers and of text; and empty ones.
use guest_runtime::prelude::*;

const SIZE: usize = 64 << 20;

#[guest_runtime::parallel]
async fn inverted(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.iter_mut().for_each(|byte| *byte = !*byte);
    bytes
}

#[guest_runtime::parallel]
async fn halved(numbers: Vec<f64>, by: f64, text: String) -> (usize, f64, usize) {
    (numbers.len(), numbers.iter().map(|n| n * by).sum(), text.len())
}

#[guest_runtime::main]
async fn main() {
    let bytes: Vec<u8> = (0..SIZE).map(|n| (n % 251) as u8).collect();
    let back = inverted(bytes.clone()).par().await;
    println!("{}", back.len() == SIZE && back.iter().zip(&bytes).all(|(a, b)| *a == !*b));
    drop((back, bytes));
    let text = (async |text: String| text).par_with("ü".repeat(SIZE / 2)).await;
    println!("{}", text.len() == SIZE && text.chars().all(|c| c == 'ü'));
    drop(text);
    println!("{:?}", halved(vec![1.0; SIZE / 8], 0.5, "x".repeat(SIZE)).par().await);
    println!("{:?}", (inverted(vec![]).par(), halved(vec![], 1.0, String::new()).par()).join().await);
    let nothing = (async |empty: Vec<u64>| empty).par_with(Vec::new());
    println!("{:?}", (nothing, (async || {}).par(), (async |()| String::new()).par_with(())).join().await);
}
