//! A read that lost a race is no longer registered: its stream can be dropped.
//!
//! A pollable left behind would be a child of the stream, and dropping a parent traps.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;
use guest_runtime::wait_for;

#[guest_runtime::main]
async fn main() {
    let stdin = wasi::cli::stdin::get_stdin();
    (wait_for(stdin.subscribe()), std::future::ready(())).race().await;
    (wait_for(stdin.subscribe()), sleep(Duration::from_millis(1))).race().await;
    drop(stdin);
    println!("dropped");
}
