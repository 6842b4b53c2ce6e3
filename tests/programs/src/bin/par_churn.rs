//! Thousands of jobs that win, lose and start anew: every value that arrives is the right one.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn square(n: u64) -> u64 {
    n * n
}

#[guest_runtime::main]
async fn main() {
    let chain = async |start: u64| {
        for n in (start..).step_by(8).take(300) {
            let other = n + 1_000_000;
            let won = (square(n).par(), square(other).par()).race().await;
            assert!(won == n * n || won == other * other, "{n}: {won}");
            assert_eq!((square(n).par(), square(other).par()).join().await, (n * n, other * other));
        }
    };
    (0..8).map(chain).collect::<Vec<_>>().join().await;
    println!("all right");
}
