//! The outcome of a job that has completed is safe until it is looked at, whatever starts meanwhile.
//!
//! The host may give the number of a completed job to the next. Here two jobs complete while main
//! is not looking; the first to be looked at starts another one, and then the second is looked at.
use std::time::Duration;

use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn number(n: u32) -> u32 {
    n
}

#[guest_runtime::main]
async fn main() {
    let chain = async |start| {
        let mut values = Vec::new();
        for n in start..start + 5 {
            values.push(number(n).par().await);
        }
        values
    };
    let pause = async {
        // Blocks the whole instance: when it goes on, the jobs of all chains have completed.
        for _ in 0..5 {
            std::thread::sleep(Duration::from_millis(5));
            guest_runtime::time::sleep(Duration::from_millis(1)).await;
        }
    };
    println!("{:?}", (chain(10), chain(20), chain(30), chain(40), pause).join().await);
}
