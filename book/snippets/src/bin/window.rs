//! A long input, of which only a part is in memory.
use guest_runtime::prelude::*;

async fn checksum(text: String) -> u32 {
    text.bytes().fold(1, |sum, byte| sum * 31 % 65_521 + u32::from(byte))
}

#[guest_runtime::main]
async fn main() {
    // A source of any length; items are generated as needed.
    let input = (0..100_000).map(|n| format!("line {n}"));

    let (mut lines, mut total) = (0, 1);
    let mut sums = input.par_bridge().par_map(checksum).stream();
    while let Some(sum) = sums.next().await {
        // The results are in the order of the input.
        total = (total * 31 + u64::from(sum)) % 1_000_000_007;
        lines += 1;
    }
    println!("{lines} lines, {total}");
}
