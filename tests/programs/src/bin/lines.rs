//! Lines in pieces: `lines jobs|prompt|dots|unfinished`.
use std::io::{Write, stderr, stdin, stdout};

use guest_runtime::prelude::*;

/// The pieces of a line, each handed to the host by itself.
fn print_in_pieces(to: &mut dyn Write, pieces: &[&str]) {
    for piece in pieces {
        to.write_all(piece.as_bytes()).unwrap();
        to.flush().unwrap();
    }
}

#[guest_runtime::parallel]
async fn fifty_lines(job: u32) {
    let job = job.to_string();
    for line in 0..50 {
        let line = line.to_string();
        print_in_pieces(&mut stdout(), &["job ", &job, " says ", &line, "\n"]);
        print_in_pieces(&mut stderr(), &["job ", &job, " says ", &line, "\n"]);
    }
}

#[guest_runtime::parallel]
async fn unfinished(panics: bool) {
    print_in_pieces(&mut stdout(), &["one", " and "]);
    print_in_pieces(&mut stderr(), &["two", " and "]);
    if panics {
        panic!("on request");
    }
    std::process::abort();
}

#[guest_runtime::main]
async fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("jobs") => drop((0..40).map(|n| fifty_lines(n).par()).collect::<Vec<_>>().join().await),
        Some("prompt") => {
            print_in_pieces(&mut stdout(), &["your ", "name? "]);
            let mut name = String::new();
            stdin().read_line(&mut name).unwrap();
            print_in_pieces(&mut stdout(), &["hello ", &name]);
        }
        Some("dots") => loop {
            print_in_pieces(&mut stdout(), &["."]);
            for _ in 0..1_000_000 {
                std::hint::spin_loop();
            }
        },
        Some("unfinished") => {
            for panics in [true, false] {
                unfinished(panics).par().catch().await.unwrap_err();
            }
        }
        other => panic!("what is {other:?}?"),
    }
}
