//! A future that keeps waking itself does not starve timers and jobs.
use std::task::Poll;
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

async fn busy() -> &'static str {
    std::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

#[guest_runtime::main]
async fn main() {
    let timer = async {
        sleep(Duration::from_millis(2)).await;
        "timer"
    };
    println!("{}", (busy(), timer).race().await);
    let job = async {
        (async || {}).par().await;
        "job"
    };
    println!("{}", (busy(), job).race().await);
}
