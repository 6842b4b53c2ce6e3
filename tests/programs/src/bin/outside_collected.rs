//! Pollables of a job whose completion was taken together with that of another job, and whose number
//! belongs to a later job by now.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn number(n: u32) -> u32 {
    n
}

fn main() {
    let mut sum = 0;
    for n in 0..200 {
        let (mut first, mut second) = (number(n).par(), number(1000).par());
        let before = first.pollable();
        let both = [&before, &second.pollable()];
        both.iter().for_each(|pollable| pollable.block());
        // One call takes the completions of both.
        sum += second.wait();
        let mut long = (async || sleep(Duration::from_secs(3600)).await).par();
        let not_ready = long.pollable();
        assert!(before.ready() && first.pollable().ready() && !not_ready.ready());
        sum += first.try_wait().unwrap();
        assert!(before.ready() && first.pollable().ready() && !not_ready.ready());
    }
    println!("{sum}");
}
