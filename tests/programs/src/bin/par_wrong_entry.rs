//! Starts jobs with numbers that no entry has: every address in the first two megabytes, and more.
use bindings::parallel::futures::jobs;
use bindings::parallel::futures::types::{Failure, Refusal};
// Links the `worker` export.
use guest_runtime as _;

mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "package tests:wrong-entry; world app { import parallel:futures/jobs@0.1.0; }",
        world: "tests:wrong-entry/app",
        with: { "wasi:io/poll@0.2.12": wasi::io::poll },
        generate_all,
    });
}

fn refused(entries: &[u32]) -> usize {
    let completed = jobs::subscribe();
    for &entry in entries {
        start(entry);
    }
    let mut refused = 0;
    let mut ended = 0;
    while ended < entries.len() {
        completed.block();
        for completion in jobs::completed() {
            ended += 1;
            refused += usize::from(matches!(completion.outcome, Err(Failure::Refused(Refusal::NoSuchEntry))));
        }
    }
    refused
}

/// There is always room for one more.
fn start(entry: u32) -> u32 {
    let options = jobs::Options { timeout: None, memory: None, fresh: false, window: 0, name: None };
    jobs::start(entry, b"message", &options).expect("there is room")
}

fn main() {
    let data: Vec<u32> = (0..2 << 20).step_by(8).collect();
    let all: usize = data.chunks(10_000).map(refused).sum();
    println!("{}", all == data.len());

    let odd: Vec<u32> = (0..1000).map(|n| n * 1031 + 1).chain((0..100).map(|n| u32::MAX - n)).collect();
    println!("{}", refused(&odd) == odd.len());
}
