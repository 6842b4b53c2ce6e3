//! The shortest and the longest durations.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::main]
async fn main() {
    sleep(Duration::ZERO).await;
    sleep(Duration::from_nanos(1)).await;
    let forever = async |n: u32, duration| {
        sleep(duration).await;
        n
    };
    let ends = (
        forever(0, Duration::MAX),
        forever(1, Duration::from_nanos(u64::MAX)),
        forever(2, Duration::from_millis(1)),
        forever(3, Duration::from_secs(u64::from(u32::MAX))),
    );
    println!("{}", ends.race().await);
}
