//! A dropped interval is no longer waited for: the program is then deadlocked.
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
    // This interval still waits; the other has ticked and does not wait.
    drop(seldom);
    println!("dropped");
    std::future::pending::<()>().await;
}
