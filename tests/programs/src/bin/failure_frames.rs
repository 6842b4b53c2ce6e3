//! A panic that is not caught: `failure_frames DEPTH` panics below this many nested jobs, 0 is main itself.
use std::hint::black_box;

use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn nested(depth: u32) {
    if depth > 1 { nested(depth - 1).par().await } else { unlucky() }
}

/// Panics. The test looks for this function's name in the stack.
#[inline(never)]
fn unlucky() {
    panic!("no luck with {}", black_box(7));
}

#[guest_runtime::main]
async fn main() {
    let depth = std::env::args().nth(1).and_then(|depth| depth.parse().ok()).unwrap_or(0);
    if depth > 0 { nested(depth).par().await } else { unlucky() }
}
