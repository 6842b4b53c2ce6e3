//! An uncaught failure propagates from job to job, and each adds its name.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn inner() -> u32 {
    panic!("the cause")
}

#[guest_runtime::parallel]
async fn middle() -> u32 {
    inner().par().await
}

#[guest_runtime::parallel]
async fn outer() -> u32 {
    middle().par().await
}

#[guest_runtime::main]
async fn main() {
    println!("{}", outer().par().catch().await.unwrap_err());
}
