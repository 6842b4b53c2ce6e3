//! Jobs that print lines in pieces, all at once: on stdout with a flush after each, on stderr as
//! `eprintln!` does.
use std::io::{Write as _, stdout};

use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn say(job: u32, lines: u32) {
    for line in 0..lines {
        eprintln!("job {job} has line {line} of {lines}, in pieces");
        for piece in ["job ", &job.to_string(), " has line ", &line.to_string(), "\n"] {
            print!("{piece}");
            stdout().flush().unwrap();
        }
    }
}

#[guest_runtime::main]
async fn main() {
    let jobs: Vec<_> = (0..40).map(|job| say(job, 100).par()).collect();
    jobs.join().await;
}
