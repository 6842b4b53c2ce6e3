//! Calls the contract in any order that a script says, in main and in jobs, which have scripts of their own.
//!
//! `contract_script HEX` interprets the bytes. It prints each violation of wit/ as `VIOLATION: ..`; fuzz/host
//! generates the scripts, and checks the host.

mod player;
mod ledger;

use bindings::exports::parallel::futures::worker::Guest;
use bindings::parallel::futures::jobs;
use bindings::parallel::futures::types::{Failure, Refusal};

use player::{End, Player};

#[expect(unsafe_code, reason = "exporting a function to the host generates unsafe code")]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "parallel:futures/parallel",
        with: { "wasi:io/poll@0.2.12": wasi::io::poll },
    });

    use super::Worker;
    export!(Worker);
}

/// The entry of all scripts but those that are to be refused.
const PLAYS: u32 = 1;

struct Worker;

impl Guest for Worker {
    fn run(mut entry: u32, mut message: Vec<u8>) -> Result<Vec<u8>, Failure> {
        loop {
            if entry != PLAYS {
                return Err(Failure::Refused(Refusal::NoSuchEntry));
            }
            match Player::of_a_job(&message).play() {
                End::Returns(outcome) => return outcome,
                // Nothing of the player is left by now.
                End::Next(result) => match jobs::next(&result) {
                    Some(next) => (entry, message) = next,
                    None => return Ok(result),
                },
            }
        }
    }
}

fn main() {
    let script = std::env::args().nth(1).unwrap_or_default();
    let digits = script.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap_or_default());
    let script: Vec<u8> = digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
    match Player::of_main(&script).play() {
        End::Returns(Ok(_)) | End::Next(_) => {}
        End::Returns(Err(_)) => std::process::exit(1),
    }
}
