//! Two concurrent sleeps.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::main]
async fn main() {
    (sleep(Duration::from_millis(20)), sleep(Duration::from_millis(30)))
        .join()
        .await;
    println!("awake");
}
