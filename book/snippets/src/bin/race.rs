//! The first job wins, and the others are cancelled.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn collatz(start: u64, steps: u32) -> String {
    let end =
        (0..steps).fold(start, |n, _| if n % 2 == 0 { n / 2 } else { 3 * n + 1 });
    format!("after {steps} steps from {start}: {end}")
}

#[guest_runtime::parallel]
async fn for_ever() -> String {
    loop {
        std::hint::spin_loop();
    }
}

#[guest_runtime::main]
async fn main() {
    println!("{}", (collatz(27, 100).par(), for_ever().par()).race().await);
}
