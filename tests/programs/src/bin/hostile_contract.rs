//! Attacks on the memory of the host that call the contract directly: in `hostile_contract NAME`, jobs make
//! the host keep as much as they can. The program then takes what was kept, and prints the outcomes.
//!
//! The expected output is in host/cli/tests/hostile/kept.rs.

use bindings::exports::parallel::futures::worker::Guest;
use bindings::parallel::futures::jobs::{self, Completion, Options};
use bindings::parallel::futures::types::{Call, Failure, Panic};

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

/// Returns as many bytes as its message says.
const RETURNS: u32 = 1;
/// Fails with a text of as many bytes.
const FAILS: u32 = 2;
/// Panics with such a text, and with many calls that have long names.
const PANICS: u32 = 3;
/// Sends one item of as many bytes.
const SENDS: u32 = 4;
/// Sends empty items as long as there is room, and returns how many.
const FLOODS: u32 = 5;
/// Waits until it is stopped.
const WAITS: u32 = 6;
/// Reads the bytes that were shared first.
const READS: u32 = 7;

const MB: u32 = 1_000_000;

struct Worker;

impl Guest for Worker {
    fn run(entry: u32, message: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let number = || u32::from_le_bytes(message[..4].try_into().unwrap()) as usize;
        let bytes = || vec![b'x'; number()];
        let text = || "x".repeat(number());
        match entry {
            RETURNS => Ok(bytes()),
            FAILS => Err(Failure::BadMessage(text())),
            PANICS => {
                let call = Call { job: "y".repeat(2_000), place: None };
                let through = vec![call; 500];
                jobs::panicking(&Panic { message: text(), place: None, through, backtrace: text() });
                std::process::abort()
            }
            SENDS => jobs::send(&bytes()).map(|sent| vec![u8::from(sent)]),
            FLOODS => {
                let mut sent = 0_u32;
                while jobs::send(b"")? {
                    sent += 1;
                }
                Ok(sent.to_le_bytes().to_vec())
            }
            WAITS => {
                jobs::subscribe().block();
                Ok(Vec::new())
            }
            READS => Ok(vec![jobs::shared(0).map_or(0, |bytes| bytes[0])]),
            _ => unreachable!("no entry {entry}"),
        }
    }
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("results") => at_their_end(60, RETURNS, 4 * MB),
        Some("many results") => at_their_end(5_000, RETURNS, 20_000),
        Some("small results") => at_their_end(60_000, RETURNS, 250),
        Some("failures") => at_their_end(500, FAILS, MB),
        Some("panics") => at_their_end(200, PANICS, MB),
        Some("first items") => at_their_end(60, SENDS, 4 * MB),
        Some("many items") => at_their_end(1, FLOODS, 0),
        Some("readers") => readers(),
        Some("messages") => messages(),
        Some("names") => names(),
        Some("shares") => shares(),
        other => panic!("what is {other:?}?"),
    }
    println!("{}", if canary() { "canary right" } else { "canary wrong" });
}

/// Returns whether a job still runs as it should, once there is memory for it.
fn canary() -> bool {
    loop {
        start_when_there_is_room(RETURNS, &1_u32.to_le_bytes());
        match take(1) {
            Taken { denied: 1, .. } => {}
            taken => return taken.right == 1,
        }
    }
}

fn start(entry: u32, message: &[u8], name: Option<String>) -> Option<u32> {
    let window = if entry == SENDS || entry == FLOODS { u32::MAX } else { 0 };
    jobs::start(entry, message, &Options { timeout: None, memory: None, fresh: false, window, name })
}

/// Starts a job as soon as there is memory for it.
///
/// Cancelled jobs end on other cores, so their memory is not free at once.
fn start_when_there_is_room(entry: u32, message: &[u8]) -> u32 {
    loop {
        if let Some(number) = start(entry, message, None) {
            return number;
        }
    }
}

/// Starts `count` jobs, or fewer if there is no room for more, and waits for the end of each before it takes
/// any outcome.
fn at_their_end(count: u32, entry: u32, bytes: u32) {
    let numbers: Vec<_> = (0..count).map_while(|_| start(entry, &bytes.to_le_bytes(), None)).collect();
    numbers.iter().for_each(|&number| jobs::subscribe_to(number).block());
    take(numbers.len()).print();
}

/// What became of jobs, and what they have sent.
#[derive(Default)]
struct Taken {
    right: usize,
    failed: usize,
    denied: usize,
    items: usize,
    /// The number of sent items as reported by the job that counted them, if there is one.
    sent: Option<usize>,
}

/// Takes `count` completions and the items that arrive with them, and drops all.
fn take(count: usize) -> Taken {
    let (mut taken, all) = (Taken::default(), jobs::subscribe());
    while taken.right + taken.failed + taken.denied < count {
        all.block();
        let completions = jobs::completed();
        taken.items += jobs::items().len();
        completions.into_iter().for_each(|completion| taken.add(completion));
    }
    taken
}

impl Taken {
    fn add(&mut self, Completion { outcome, .. }: Completion) {
        match outcome {
            Ok(result) => {
                self.right += 1;
                let count = result.try_into().ok().map(|bytes| u32::from_le_bytes(bytes) as usize);
                self.sent = self.sent.or(count);
            }
            Err(Failure::OutOfMemory(excess)) if excess.setting == "Limits::memory" => self.denied += 1,
            Err(Failure::BadMessage(text)) => {
                assert!(text.len() < 20_000);
                self.failed += 1;
            }
            Err(Failure::Panicked(panic)) => {
                assert!(panic.message.len() < 20_000 && panic.through.len() <= 100);
                self.failed += 1;
            }
            Err(other) => panic!("{other:?}"),
        }
    }

    fn print(&self) {
        let Self { right, failed, denied, items, sent } = self;
        assert!(sent.is_none_or(|sent| sent == *items), "{sent:?} were sent, {items} came");
        let some = |count: &usize, what| (*count > 0).then_some(what);
        let all =
            [some(right, "right"), some(failed, "failed"), some(denied, "denied"), some(items, "items")];
        println!("{}", all.into_iter().flatten().collect::<Vec<_>>().join(", "));
    }
}

/// Starts jobs that wait forever, each with a large message, until there is no memory for another.
fn messages() {
    let message = vec![0; MB as usize];
    // Jobs that end for want of memory make room, so on many cores a thousand may find some.
    let many = 100_000;
    let started: Vec<_> = (0..many).map_while(|_| start(WAITS, &message, None)).collect();
    println!("{}", if started.len() < many { "denied" } else { "not denied" });
    // Some may have ended already, for want of memory.
    started.into_iter().for_each(jobs::cancel);
    jobs::cancel(start_when_there_is_room(WAITS, &message));
}

fn names() {
    let name = "x".repeat(2 * MB as usize);
    let started = (0..2_000).map_while(|_| start(RETURNS, &[0; 4], Some(name.clone()))).count();
    take(started).print();
}

/// Shares empty values until the limit, and then unshares them, which makes room for a large one.
fn shares() {
    let shared: Vec<_> = (0..).map_while(|_| jobs::share(b"").ok()).collect();
    shared.iter().for_each(|&id| jobs::unshare(id));
    let large = jobs::share(&vec![0; 10 * MB as usize]);
    println!("{}, {}", if shared.len() > 10_000 { "many" } else { "few" }, large.is_ok());
}

/// Many jobs read the same shared value, which the host keeps once.
fn readers() {
    assert_eq!(jobs::share(&vec![1; 10 * MB as usize]).unwrap(), 0);
    at_their_end(40, READS, 0);
}
