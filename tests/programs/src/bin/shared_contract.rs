//! Shared bytes, through the contract itself: this program implements parent and worker, without a runtime.
use bindings::exports::parallel::futures::worker::Guest;
use bindings::parallel::futures::jobs::{self, Completion};
use bindings::parallel::futures::types::{Failure, Refusal};

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

const READS: u32 = 1;
const SHARES: u32 = 2;
const SHARES_AND_TRAPS: u32 = 3;
const SHARES_AND_WAITS: u32 = 4;

struct Worker;

impl Guest for Worker {
    fn run(entry: u32, message: Vec<u8>) -> Result<Vec<u8>, Failure> {
        if entry == READS {
            let id = u64::from_le_bytes(message.try_into().unwrap());
            // The value belongs to another job.
            jobs::unshare(id);
            return Ok(sum(id).map_or(Vec::new(), |sum| sum.to_le_bytes().to_vec()));
        }
        let id = jobs::share(b"of a job")?.to_le_bytes().to_vec();
        jobs::send(&id)?;
        match entry {
            SHARES => Ok(id),
            SHARES_AND_TRAPS => panic!("on purpose"),
            SHARES_AND_WAITS => {
                jobs::subscribe().block();
                Ok(id)
            }
            _ => Err(Failure::Refused(Refusal::NoSuchEntry)),
        }
    }
}

fn sum(id: u64) -> Option<u64> {
    jobs::shared(id).map(|bytes| bytes.into_iter().map(u64::from).sum())
}

fn start(entry: u32, message: &[u8]) -> u32 {
    let options = jobs::Options { timeout: None, memory: None, fresh: false, window: 1, name: None };
    jobs::start(entry, message, &options).expect("there is room")
}

/// Waits until this many jobs have ended.
fn ended(count: usize) -> Vec<Completion> {
    let arrivals = jobs::subscribe();
    let mut completed = Vec::new();
    while completed.len() < count {
        arrivals.block();
        completed.extend(jobs::completed());
        // The items are not used, but the pollable stays ready until they are taken.
        jobs::items();
    }
    completed
}

/// Waits for the number that a job sends.
fn sent() -> u64 {
    let arrivals = jobs::subscribe();
    loop {
        arrivals.block();
        if let Some(item) = jobs::items().pop() {
            return u64::from_le_bytes(item.bytes.try_into().unwrap());
        }
    }
}

/// Returns what eight jobs read under a number.
fn read_by_eight(id: u64) {
    (0..8).for_each(|_| _ = start(READS, &id.to_le_bytes()));
    let mut found: Vec<_> = ended(8).into_iter().map(|completion| completion.outcome.unwrap()).collect();
    found.dedup();
    println!(
        "{:?}",
        found.into_iter().map(|bytes| bytes.try_into().map(u64::from_le_bytes)).collect::<Vec<_>>()
    );
}

fn main() {
    match std::env::args().nth(1).unwrap().as_str() {
        "read" => {
            let bytes: Vec<u8> = (0..3 << 20).map(|n: u32| n as u8).collect();
            let id = jobs::share(&bytes).unwrap();
            read_by_eight(id);
            println!("{}", jobs::shared(id).unwrap() == bytes);
            jobs::unshare(id);
            jobs::unshare(id);
            read_by_eight(id);
            println!("{}", jobs::share(b"").unwrap() > id && jobs::shared(u64::MAX).is_none());
        }
        "ended" => ended_sharers(),
        "memory" => {
            let block = vec![1; 8 << 20];
            let mut shared = Vec::new();
            let failure = loop {
                match jobs::share(&block) {
                    Ok(id) => shared.push(id),
                    Err(failure) => break failure,
                }
            };
            println!("{failure:?}");
            jobs::unshare(shared.remove(3));
            println!("{} {}", jobs::share(&block).is_ok(), jobs::share(&block).is_ok());
        }
        other => panic!("what is {other:?}?"),
    }
}

/// What a job shares is gone with it, however it ends.
fn ended_sharers() {
    for entry in [SHARES, SHARES_AND_TRAPS] {
        start(entry, b"");
        let id = sent();
        let outcome = ended(1).remove(0).outcome;
        println!("{} {:?}", outcome.is_ok(), jobs::shared(id));
    }
    let job = start(SHARES_AND_WAITS, b"");
    let id = sent();
    println!("{:?}", jobs::shared(id).map(|bytes| String::from_utf8(bytes).unwrap()));
    let gone = jobs::subscribe_to(job);
    jobs::cancel(job);
    gone.block();
    println!("{:?}", jobs::shared(id));
}
