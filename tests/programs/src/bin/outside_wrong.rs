//! `wait` where a future is to be awaited, and `await` where nothing would wake the future.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn one() -> u32 {
    1
}

fn main() {
    match std::env::args().nth(1).unwrap().as_str() {
        "wait" => guest_runtime::block_on(async { one().par().wait() }),
        "wait in a job" => (async || one().par().wait()).par().wait(),
        "await" => wstd::runtime::block_on(one().par()),
        "await, started" => {
            let mut job = one().par();
            job.start();
            wstd::runtime::block_on(job)
        }
        "twice" => {
            let mut job = one().par();
            job.pollable().block();
            job.try_wait().unwrap() + job.wait()
        }
        other => panic!("{other}"),
    };
    println!("not reached");
}
