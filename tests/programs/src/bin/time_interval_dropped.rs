//! What is dropped is not waited for: then there is nothing left to wait for.
use std::pin::pin;
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::interval;

#[guest_runtime::main]
async fn main() {
    let (mut often, mut seldom) = (interval(Duration::from_millis(1)), interval(Duration::from_secs(3600)));
    {
        let mut hour = pin!(async { seldom.next().await });
        (hour.as_mut(), async { often.next().await }).race().await;
    }
    // It waits still, and the other has ticked and doesn't wait.
    drop(seldom);
    println!("dropped");
    std::future::pending::<()>().await;
}
