//! A job that ends the program ends only itself: its code is its failure.
use guest_runtime::Failure;
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn exit(code: u8) {
    guest_runtime::exit(code)
}

#[guest_runtime::main]
async fn main() {
    for code in [0, 7, 255] {
        println!("{:?}", exit(code).par().catch().await);
    }
    println!("{:?}", (async || std::process::exit(3)).par::<()>().catch().await);
    let all: Vec<_> = (0..50).map(|code| exit(code).par().catch()).collect();
    println!("{}", all.join().await.into_iter().eq((0..50).map(|code| Err(Failure::Exited(code)))));
    exit(9).par().await;
}
