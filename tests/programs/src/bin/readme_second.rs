//! The second program of the README.

use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn shout(text: String) -> String {
    text.to_uppercase()
}

#[guest_runtime::main]
async fn main() {
    // Three jobs at a time, one of them without a name.
    let jobs = (shout("a".into()).par(), shout("b".into()).par(), (async |n: u64| n * 2).par_with(21));
    let (a, b, n) = jobs.join().await;
    println!("{a} {b} {n}, on {} cores", guest_runtime::cores());

    // A failure is a value, if you want it to be one.
    let failure = (async || -> u32 { panic!("no luck") }).par().catch().await.unwrap_err();
    println!("{failure}");

    // All items, on all cores. Borrows cross, and a mutable one has its new value when this is ready.
    let mut numbers: Vec<u64> = (1..=5_u64).par_map(async |n| n * n).await;
    (&mut numbers).par_for_each(async |n| *n += 1).await;
    println!("{numbers:?}");
}
