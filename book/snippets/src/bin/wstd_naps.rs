//! Two concurrent sleeps, with wstd.
use futures_concurrency::prelude::*;
use wstd::task::sleep;
use wstd::time::Duration;

#[wstd::main]
async fn main() {
    (sleep(Duration::from_millis(20)), sleep(Duration::from_millis(30)))
        .join()
        .await;
    println!("awake");
}
