//! Dropping a future cancels its job and the job's children.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

struct Guard(&'static str);

impl Drop for Guard {
    fn drop(&mut self) {
        println!("{}: dropped", self.0);
    }
}

#[guest_runtime::parallel]
async fn wait(name: String) {
    let _guard = Guard("a guard in a job");
    println!("{name}: begins");
    sleep(Duration::from_millis(200)).await;
    println!("{name}: ends");
}

#[guest_runtime::parallel]
async fn parent() {
    wait("a child".into()).par().await;
}

#[guest_runtime::main]
async fn main() {
    let a_while = async {
        let _guard = Guard("a guard in main");
        sleep(Duration::from_millis(100)).await;
    };
    // `a_while` completes first; the job and its child are cancelled.
    (parent().par(), a_while).race().await;

    sleep(Duration::from_millis(200)).await;
    println!("main: ends");
}
