//! Two calls of `block_on`, one after the other; a timer and a job outlive the first call.
use std::time::Duration;

use guest_runtime::block_on;
use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

fn main() {
    let mut long = Box::pin(sleep(Duration::from_secs(3600)));
    let mut job = Box::pin((async || 5).par());
    block_on(async {
        (long.as_mut(), sleep(Duration::from_millis(1))).race().await;
        let nothing = async {
            sleep(Duration::from_millis(1)).await;
            0
        };
        println!("first {}", (job.as_mut(), nothing).race().await <= 5);
    });
    drop(long);
    println!(
        "second {}",
        block_on(async {
            sleep(Duration::from_millis(1)).await;
            (async || 6).par().await
        })
    );
}
