//! As many jobs as there are cores, none of which ends before all have begun.
//!
//! Each computes without yielding, so each needs a core of its own.
use std::path::Path;

use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn meet(me: usize, all: usize) -> usize {
    std::fs::write(format!("/{me}"), "").unwrap();
    (0..all)
        .filter(|other| {
            while !Path::new(&format!("/{other}")).exists() {
                std::hint::spin_loop();
            }
            true
        })
        .count()
}

#[guest_runtime::main]
async fn main() {
    let all = guest_runtime::cores();
    let jobs: Vec<_> = (0..all).map(|me| meet(me, all).par()).collect();
    println!("{:?}", jobs.join().await);
}
