//! As many jobs as there are cores, or as the argument says, none of which ends before all have begun.
//!
//! Each computes without waiting, and spins until it finds the files of the others.
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
    let all = std::env::args().nth(1).map_or_else(guest_runtime::cores, |all| all.parse().unwrap());
    let jobs: Vec<_> = (0..all).map(|me| meet(me, all).par()).collect();
    println!("{:?}", jobs.join().await);
}
