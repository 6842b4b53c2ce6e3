//! A failed job in a program without a runtime: a failure value, or a panic in `wait`.
use guest_runtime::Failure;
use guest_runtime::prelude::*;
use serde::{Deserialize, Serialize, Serializer};

#[guest_runtime::parallel]
async fn fail(why: String) -> u32 {
    panic!("failed on {why}");
}

/// A message that cannot be serialized.
#[derive(Debug, Deserialize)]
struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("never"))
    }
}

#[guest_runtime::parallel]
async fn take(_what: Unwritable) {}

fn main() {
    let Err(Failure::Panicked(panic)) = fail("purpose".to_string()).par().catch().wait() else {
        panic!("the job panicked");
    };
    println!("{}", panic.message);

    let mut job = take(Unwritable).par().catch();
    job.pollable().block();
    println!("{job:?}");
    println!("{}", matches!(job.try_wait(), Some(Err(Failure::BadMessage(_)))));

    fail("demand".to_string()).par().wait();
}
