//! A leaked job, in main and in a job, affects no other: it ends with its parent.
use std::task::{Context, Waker};

use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn endless() {
    loop {
        std::hint::spin_loop();
    }
}

#[guest_runtime::parallel]
async fn forgetful(n: u32) -> u32 {
    forget();
    n
}

fn forget() {
    let mut job = Box::pin(endless().par());
    assert!(job.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    std::mem::forget(job);
}

#[guest_runtime::main]
async fn main() {
    for n in 0..100 {
        let doubled = async |n: u32| (async |n: u32| n * 2).par_with(n).await;
        assert_eq!((forgetful(n).par(), doubled.par_with(n)).join().await, (n, n * 2));
    }
    forget();
    println!("a hundred");
}
