//! Drops a job whose jobs have jobs: the whole tree stops computing.
//!
//! Jobs that need all cores afterwards show that it has stopped.
use std::path::Path;
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn tree(depth: u32) {
    if depth > 0 {
        return (tree(depth - 1).par(), tree(depth - 1).par()).join().await.0;
    }
    std::fs::write("/leaf", "").unwrap();
    loop {
        std::hint::spin_loop();
    }
}

#[guest_runtime::parallel]
async fn meet(round: u32, me: usize, all: usize) {
    std::fs::write(format!("/{round}-{me}"), "").unwrap();
    for other in 0..all {
        while !Path::new(&format!("/{round}-{other}")).exists() {
            std::hint::spin_loop();
        }
    }
}

#[guest_runtime::main]
async fn main() {
    let all = guest_runtime::cores();
    for round in 0..5 {
        let leaf = async {
            while !Path::new("/leaf").exists() {
                sleep(Duration::from_millis(1)).await;
            }
        };
        (tree(3).par(), leaf).race().await;
        (0..all).map(|me| meet(round, me, all).par()).collect::<Vec<_>>().join().await;
        std::fs::remove_file("/leaf").unwrap();
    }
    println!("five trees");
}
