//! Sleeps end in the order of their deadlines, whoever was polled first.
use std::cell::RefCell;
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::main]
async fn main() {
    let ended = RefCell::new(Vec::new());
    let end = async |millis| {
        sleep(Duration::from_millis(millis)).await;
        ended.borrow_mut().push(millis);
    };
    (end(30), end(0), end(20), end(10), (end(25), end(5)).join()).join().await;
    println!("{:?}", ended.borrow());
}
