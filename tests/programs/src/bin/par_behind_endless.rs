//! A short job wins a race against jobs that compute forever and were started before it.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn run(n: u32) -> u32 {
    if n > 0 {
        loop {
            std::hint::spin_loop();
        }
    }
    n
}

#[guest_runtime::main]
async fn main() {
    let endless: u32 = std::env::args().nth(1).unwrap().parse().unwrap();
    let runners: Vec<_> = (0..=endless).rev().map(|n| run(n).par()).collect();
    println!("{}", runners.race().await);
}
