//! Items, through the contract itself: this program implements parent and worker, without a runtime.
//!
//! A job that has reached the point where its parent waits for it shares a byte as a signal: the first value
//! that is shared in a run has the number 0.
use bindings::exports::parallel::futures::worker::Guest;
use bindings::parallel::futures::jobs::{self, Completion, Item};
use bindings::parallel::futures::types::{Failure, Refusal};
use wasi::clocks::monotonic_clock::subscribe_duration;

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

const SENDS_ALL: u32 = 1;
const SENDS_AND_TRAPS: u32 = 2;
const IS_HELD_UP: u32 = 3;
const WAITS_FOR_ROOM: u32 = 4;
const FLOODS: u32 = 5;
const SENDS_ONE: u32 = 6;
const LEAVES: u32 = 7;
const FINDS: u32 = 8;

/// How many items [`SENDS_ALL`] sends.
const ALL: u32 = 1000;

struct Worker;

impl Guest for Worker {
    fn run(entry: u32, message: Vec<u8>) -> Result<Vec<u8>, Failure> {
        match entry {
            SENDS_ALL => (0..ALL).try_for_each(|n| send(&n.to_le_bytes())).map(|()| Vec::new()),
            SENDS_AND_TRAPS => {
                (0..3).for_each(|n| assert!(jobs::send(&[n]).unwrap()));
                panic!("on purpose");
            }
            IS_HELD_UP => Ok(is_held_up()),
            WAITS_FOR_ROOM => {
                send(b"fits")?;
                assert!(!jobs::send(b"does not").unwrap());
                jobs::share(b"!")?;
                jobs::subscribe().block();
                println!("asked {}, {:?}", jobs::stopping(), jobs::send(b"too late"));
                Ok(Vec::new())
            }
            FLOODS => {
                while jobs::send(b"")? {}
                jobs::share(b"!")?;
                jobs::subscribe().block();
                Ok(Vec::new())
            }
            SENDS_ONE => {
                let length = u32::from_le_bytes(message.try_into().unwrap());
                jobs::send(&vec![1; length as usize]).map(|is_sent| vec![u8::from(is_sent)])
            }
            LEAVES => {
                let child = start(SENDS_AND_TRAPS, 5);
                jobs::subscribe_to(child).block();
                Ok(Vec::new())
            }
            FINDS => {
                let found = jobs::items().len() as u8;
                Ok(vec![found, u8::from(jobs::subscribe().ready()), u8::from(jobs::send(b"").is_ok())])
            }
            _ => Err(Failure::Refused(Refusal::NoSuchEntry)),
        }
    }
}

/// Sends an item as soon as there is room for it.
fn send(item: &[u8]) -> Result<(), Failure> {
    let arrivals = jobs::subscribe();
    while !jobs::send(item)? {
        arrivals.block();
        assert!(jobs::may_send() && jobs::may_send() && !arrivals.ready());
    }
    Ok(())
}

/// Fills its window with items, and sends one more when there is room again.
fn is_held_up() -> Vec<u8> {
    assert!(jobs::send(b"0").unwrap() && jobs::send(b"1").unwrap());
    assert!(!jobs::send(b"2").unwrap() && !jobs::may_send());
    let arrivals = jobs::subscribe();
    assert!(!arrivals.ready());
    jobs::share(b"!").unwrap();
    arrivals.block();
    // The pollable stays ready until the next attempt to send.
    assert!(arrivals.ready() && jobs::send(b"2").unwrap() && !arrivals.ready());
    assert!(!jobs::send(b"3").unwrap());
    b"held up".to_vec()
}

fn start(entry: u32, window: u32) -> u32 {
    start_with(entry, b"", window)
}

fn start_with(entry: u32, message: &[u8], window: u32) -> u32 {
    let options = jobs::Options { timeout: None, memory: None, fresh: false, window, name: None };
    jobs::start(entry, message, &options).expect("there is room")
}

/// Waits until a job has shared something.
fn wait_for_the_job() {
    while jobs::shared(0).is_none() {
        subscribe_duration(1_000_000).block();
    }
}

/// Waits until a job has completed or an item has arrived.
fn wait() -> (Vec<Completion>, Vec<Item>) {
    jobs::subscribe().block();
    let completed = jobs::completed();
    (completed, jobs::items())
}

fn texts(items: Vec<Item>) -> Vec<String> {
    items.into_iter().map(|item| String::from_utf8(item.bytes).unwrap()).collect()
}

fn main() {
    match std::env::args().nth(1).unwrap().as_str() {
        "order" => order(),
        "trap" => {
            start(SENDS_AND_TRAPS, 5);
            let (mut ended, mut taken) = (Vec::new(), Vec::new());
            while ended.is_empty() {
                let (completed, items) = wait();
                ended = completed;
                taken.extend(items.into_iter().map(|item| item.bytes));
            }
            println!("{taken:?} {}", matches!(ended[0].outcome, Err(Failure::Trapped(_))));
        }
        "held up" => held_up(),
        "stopped" => {
            let job = start(WAITS_FOR_ROOM, 1);
            wait_for_the_job();
            let gone = jobs::subscribe_to(job);
            jobs::cancel(job);
            println!("{} items", jobs::items().len());
            gone.block();
            println!("gone {:?}", jobs::completed().len());
        }
        "main ends" => {
            start(WAITS_FOR_ROOM, 1);
            wait_for_the_job();
        }
        "flood" => {
            let job = start(FLOODS, u32::MAX);
            wait_for_the_job();
            println!("{}", jobs::items().len());
            jobs::subscribe_to(job).block();
            println!("{}", jobs::completed().len());
        }
        "failures" => failures(),
        "left over" => {
            for entry in [LEAVES, FINDS] {
                start(entry, 0);
                println!("{:?}", wait().0[0].outcome);
            }
        }
        other => panic!("what is {other:?}?"),
    }
}

/// Jobs with windows of different sizes: the items of each arrive in order, and all before its completion.
fn order() {
    let windows = [1, 2, 7, 5000];
    let mut found = windows.map(|window| (start(SENDS_ALL, window), 0));
    let mut ended = 0;
    while ended < found.len() {
        let (completed, items) = wait();
        for Item { job, bytes } in items {
            let (_, next) = found.iter_mut().find(|(known, _)| *known == job).unwrap();
            assert_eq!(bytes, u32::to_le_bytes(*next));
            *next += 1;
            jobs::more(job, 1);
        }
        for Completion { job, outcome } in completed {
            let (_, next) = found.iter().find(|(known, _)| *known == job).unwrap();
            assert!(outcome.is_ok() && *next == ALL);
            ended += 1;
        }
    }
    println!("in order");
}

fn held_up() {
    let job = start(IS_HELD_UP, 2);
    wait_for_the_job();
    println!("{:?}", texts(jobs::items()));
    // Taking items does not release them: otherwise the job would have sent another by now.
    subscribe_duration(20_000_000).block();
    jobs::more(job, 0);
    jobs::more(job + 1, 9);
    println!("{:?}", texts(jobs::items()));
    jobs::more(job, 1);
    loop {
        let (completed, items) = wait();
        print!("{}", texts(items).concat());
        if let Some(completion) = completed.into_iter().next() {
            println!(", {}", String::from_utf8(completion.outcome.unwrap()).unwrap());
            break;
        }
    }
}

fn failures() {
    println!("{:?} {}", jobs::send(b"from main"), jobs::may_send());
    for (window, length) in [(0, 1_u32), (1, 1 << 20), (1, (1 << 20) + 1)] {
        start_with(SENDS_ONE, &length.to_le_bytes(), window);
        let (mut completed, _) = wait();
        while completed.is_empty() {
            completed = wait().0;
        }
        println!("{:?}", completed[0].outcome);
    }
}
