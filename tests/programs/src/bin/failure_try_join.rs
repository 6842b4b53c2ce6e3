//! `try_join` stops the jobs that are still computing when one has failed.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn endless() -> u32 {
    loop {
        std::hint::spin_loop();
    }
}

#[guest_runtime::parallel]
async fn fails() -> u32 {
    panic!("the first failure")
}

#[guest_runtime::main]
async fn main() {
    for _ in 0..10 {
        let all = (fails().par().catch(), endless().par().catch(), endless().par().catch());
        let failure = all.try_join().await.unwrap_err();
        assert!(failure.to_string().ends_with("the first failure"), "{failure}");
    }
    println!("ten times");
}
