//! Buckets of `wasi:keyvalue` in jobs: each is a copy of the data of the run. With an argument, a job fills one
//! without end.

#[path = "wasi_keyvalue/bindings.rs"]
mod bindings;

use bindings::wasi::keyvalue::store::open;
use guest_runtime::Failure;
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    if std::env::args().len() > 1 {
        let outcome = hoard.par().catch().await;
        println!("{}", matches!(outcome, Err(Failure::OutOfMemory(_))));
        return;
    }
    let bucket = open("").unwrap();
    bucket.set("a", b"of main").unwrap();
    let in_job = async || {
        let bucket = open("").unwrap();
        let before = bucket.get("a").unwrap();
        bucket.set("a", b"of a job").unwrap();
        before
    };
    let found = (0..8).map(|_| in_job.par()).collect::<Vec<_>>().join().await;
    println!("{} {:?}", found.iter().all(|value| *value == Some(b"1".to_vec())), bucket.get("a").unwrap());
}

async fn hoard() {
    let bucket = open("").unwrap();
    for n in 0_u64.. {
        bucket.set(&n.to_string(), &[1; 50_000]).unwrap();
    }
}
