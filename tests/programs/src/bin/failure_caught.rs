//! A caught panic of a job is a value with its message and location.
use guest_runtime::Failure;
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn unlucky(n: u32) -> u32 {
    panic!("no luck with {n}")
}

#[guest_runtime::main]
async fn main() {
    for n in 0..3 {
        let failure = unlucky(n).par().catch().await.unwrap_err();
        println!("{failure}");
        let Failure::Panicked(panic) = failure else { panic!("{failure}") };
        println!("{} at line {}", panic.message, panic.place.unwrap().line);
    }
    let none: Option<u8> = std::env::args().nth(9).map(|_| 1);
    let failure = (async |none: Option<u8>| none.expect("something")).par_with(none).catch().await;
    println!("{}", failure.unwrap_err().to_string().ends_with(": something"));
    let failure = (async || std::panic::panic_any(5)).par::<()>().catch().await;
    println!("{}", failure.unwrap_err().to_string().ends_with(": a panic without a text"));
}
