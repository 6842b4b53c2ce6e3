//! Stops trees of 1,111 jobs, and prints how many milliseconds each stop took.
//!
//! The arguments are what the 1,000 leaves do, and the number of trees. A leaf reports its start; a line on
//! stdin requests the stop of the tree.

#![expect(clippy::print_stdout, reason = "a program's output")]

use std::time::{Duration, Instant};

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn tree(depth: u32, leaf: String) {
    if depth > 0 {
        (0..10).map(|_| tree(depth - 1, leaf.clone()).par()).collect::<Vec<_>>().join().await;
        return;
    }
    println!("begun");
    match leaf.as_str() {
        "wait" => sleep(Duration::from_secs(3600)).await,
        "take turns" => loop {
            let start = Instant::now();
            while start.elapsed() < Duration::from_micros(100) {
                std::hint::spin_loop();
            }
            sleep(Duration::from_millis(1)).await;
        },
        "compute" => loop {
            std::hint::spin_loop();
        },
        _ => panic!("no such leaf: {leaf}"),
    }
}

#[guest_runtime::main]
async fn main() {
    let leaf = std::env::args().nth(1).expect("what the leaves do");
    let trees: u32 = std::env::args().nth(2).expect("how many trees").parse().expect("a number");
    for _ in 0..trees {
        let mut root = tree(3, leaf.clone()).par();
        root.start();
        std::io::stdin().read_line(&mut String::new()).expect("stdin can be read");
        let start = Instant::now();
        root.stop().await;
        println!("{:.4}", start.elapsed().as_secs_f64() * 1e3);
    }
}
