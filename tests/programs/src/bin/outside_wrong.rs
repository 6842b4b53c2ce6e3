//! `await` where nothing would wake the future, and a value that is taken twice.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn one() -> u32 {
    1
}

fn main() {
    match std::env::args().nth(1).unwrap().as_str() {
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
