//! A job fails while its own jobs compute and wait: they end with it, and others find all cores free.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn endless() {
    loop {
        std::hint::spin_loop();
    }
}

#[guest_runtime::parallel]
async fn parent(how: u32) {
    let fails = async {
        sleep(Duration::from_millis(3)).await;
        match how % 3 {
            0 => panic!("with jobs of its own"),
            1 => std::process::abort(),
            _ => guest_runtime::exit(4),
        }
    };
    let waits = (async || sleep(Duration::from_secs(3600)).await).par();
    (endless().par(), endless().par(), waits, fails).join().await;
}

#[guest_runtime::main]
async fn main() {
    for how in 0..9 {
        assert!(parent(how).par().catch().await.is_err());
        let canaries: Vec<_> = (0..20).map(|n| (async |n: u32| n).par_with(n)).collect();
        assert_eq!(canaries.join().await.len(), 20);
    }
    println!("nine times");
}
