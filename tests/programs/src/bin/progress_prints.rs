//! Prints lines, one of which stays incomplete for a while, so that the progress line could be drawn into it.
use guest_runtime::prelude::*;
use guest_runtime::time::sleep;
use std::io::{Write as _, stdout};
use std::time::Duration;

async fn nap() {
    sleep(Duration::from_millis(300)).await;
}

#[guest_runtime::main]
async fn main() {
    for n in 0..2 {
        println!("line {n}");
        (nap.par(), nap.par()).join().await;
    }
    print!("begun");
    stdout().flush().unwrap();
    nap().await;
    println!(" and ended");
    eprintln!("on stderr");
    nap().await;
}
