//! Waits for a future that is never ready, after the last timer has fired: a deadlock error, not a hang.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::main]
async fn main() {
    let timer = async {
        sleep(Duration::from_millis(1)).await;
        println!("the timer is over");
    };
    (timer, std::future::pending::<()>()).join().await;
    println!("not reached");
}
