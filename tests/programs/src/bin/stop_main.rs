//! A program that is stopped from outside: `stop_main waits|blocks|computes|stays`.
use std::future::pending;
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

struct Goodbye(&'static str);

impl Drop for Goodbye {
    fn drop(&mut self) {
        println!("{} is gone", self.0);
    }
}

#[guest_runtime::parallel]
async fn job() {
    let _goodbye = Goodbye("job");
    // Only a job that has waited can be asked to stop.
    sleep(Duration::from_millis(1)).await;
    eprintln!("ready");
    sleep(Duration::from_secs(3600)).await;
}

/// Waits, and ignores the request to stop.
async fn stay() {
    struct Stays;
    impl Drop for Stays {
        fn drop(&mut self) {
            loop {
                std::hint::spin_loop();
            }
        }
    }
    let _stays = Stays;
    eprintln!("ready");
    pending().await
}

#[guest_runtime::main]
async fn main() {
    let _goodbye = Goodbye("main");
    match std::env::args().nth(1).as_deref() {
        Some("waits") => job().par().await,
        Some("blocks") => job().par().wait(),
        Some("computes") => {
            eprintln!("ready");
            loop {
                std::hint::spin_loop();
            }
        }
        _ => (stay(), sleep(Duration::from_secs(3600))).race().await,
    }
}
