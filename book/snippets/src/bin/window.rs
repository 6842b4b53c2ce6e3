//! A long input, and only a few jobs at a time.
use std::collections::BTreeMap;

use guest_runtime::futures_concurrency::future::FutureGroup;
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn checksum(text: String) -> u32 {
    text.bytes().fold(1, |sum, byte| sum * 31 % 65_521 + u32::from(byte))
}

#[guest_runtime::main]
async fn main() {
    // As long as you like: no more of it exists at a time than there are jobs.
    let mut input = (0..100_000).map(|n| format!("line {n}")).enumerate();

    let window = 4 * guest_runtime::cores();
    let mut group = FutureGroup::with_capacity(window);
    let (mut early, mut next, mut total) = (BTreeMap::new(), 0, 1);
    loop {
        while group.len() + early.len() < window
            && let Some((number, text)) = input.next()
        {
            let job = checksum(text).par();
            group.insert(async move { (number, job.await) });
        }
        let Some((number, sum)) = group.next().await else { break };
        early.insert(number, sum);
        while let Some(sum) = early.remove(&next) {
            // In the order of the input.
            total = (total * 31 + u64::from(sum)) % 1_000_000_007;
            next += 1;
        }
    }
    println!("{next} lines, {total}");
}
