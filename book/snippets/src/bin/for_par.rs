//! Results one after the other, while other items are processed.
use guest_runtime::prelude::*;

async fn steps(mut n: u64) -> (u64, u32) {
    let (start, mut steps) = (n, 0);
    while n > 1 {
        n = if n.is_multiple_of(2) { n / 2 } else { 3 * n + 1 };
        steps += 1;
    }
    (start, steps)
}

#[guest_runtime::main]
async fn main() {
    let mut items = (1..8_u64).par_map(steps).stream();
    while let Some((n, steps)) = items.next().await {
        print!("{n}:{steps} ");
    }
    println!();

    // The source is infinite; dropping the stream cancels the jobs of later items.
    let mut items = (1_u64..).par_bridge().par_map(steps).stream();
    while let Some((n, steps)) = items.next().await {
        if steps > 300 {
            println!("{n} takes {steps} steps");
            break;
        }
    }
}
