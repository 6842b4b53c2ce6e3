//! Prints lines alternately to stdout and stderr, in main and in concurrent jobs.
use std::io::{Write as _, stdout};

use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn say(name: String, lines: u32) {
    for line in 0..lines {
        print!("{name} {line}: out, ");
        stdout().flush().unwrap();
        eprint!("err, ");
        print!("out, ");
        stdout().flush().unwrap();
        eprintln!("err");
    }
}

#[guest_runtime::main]
async fn main() {
    say("main".to_owned(), 100).await;
    let jobs: Vec<_> = (0..4).map(|n| say(format!("job-{n}"), 100).par()).collect();
    jobs.join().await;
}
