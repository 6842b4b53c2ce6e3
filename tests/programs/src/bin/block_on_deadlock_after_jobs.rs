//! Waits for a future that is never ready, after the last job has ended and one was cancelled.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::main]
async fn main() {
    let long = (async || sleep(Duration::from_secs(3600)).await).par();
    let first = (async || 1).par();
    println!(
        "{}",
        (first, async {
            long.await;
            2
        })
            .race()
            .await
    );
    std::future::pending::<()>().await;
    println!("not reached");
}
