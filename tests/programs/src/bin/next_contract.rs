//! Several jobs within one call of the worker, through the contract itself: this program implements parent and
//! worker, without a runtime.
//!
//! A result consists of the position of its job within the call, and the job's message. The host chooses
//! whether a call runs another job after one, which depends on timing; so main tries until it has seen the
//! case that it tests.
use bindings::exports::parallel::futures::worker::Guest;
use bindings::parallel::futures::jobs::{self, Options};
use bindings::parallel::futures::types::Failure;
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

/// Asks for the next job when it has its result.
const ASKS: u32 = 1;
/// The same, but traps if it is not the first of its call.
const TRAPS: u32 = 2;
/// The same, but waits to be asked to stop if it is not the first of its call, and says so by a shared byte.
const WAITS: u32 = 3;
/// Asks while it has a job of its own that is not gone, and again when that job is gone.
const HAS_A_JOB: u32 = 4;
/// Has a result that is too large, and asks with that.
const TOO_LARGE: u32 = 5;
/// Waits until it is dropped.
const SLEEPS: u32 = 6;

const PLAIN: Options = Options { timeout: None, memory: None, fresh: false, window: 0, name: None };

struct Worker;

impl Guest for Worker {
    fn run(mut entry: u32, mut message: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let mut place = 1;
        loop {
            let result = run_one(place, entry, &message)?;
            match jobs::next(&result) {
                Some(next) => (entry, message) = next,
                None => return Ok(result),
            }
            place += 1;
        }
    }
}

fn run_one(place: u8, entry: u32, message: &[u8]) -> Result<Vec<u8>, Failure> {
    match entry {
        TRAPS if place > 1 => panic!("on purpose"),
        WAITS if place > 1 => {
            jobs::share(b"!")?;
            jobs::subscribe().block();
            println!("asked {}, next {:?}", jobs::stopping(), jobs::next(b""));
        }
        HAS_A_JOB => {
            let child = jobs::start(SLEEPS, b"", &PLAIN).expect("there is room");
            assert_eq!(jobs::next(b"with a job"), None);
            let gone = jobs::subscribe_to(child);
            jobs::cancel(child);
            gone.block();
        }
        TOO_LARGE => return Ok(vec![0; 2048]),
        SLEEPS => jobs::subscribe().block(),
        _ => {}
    }
    Ok([&[place], message].concat())
}

/// Starts jobs with these entries, whose messages are the letters from `a` on, and waits for their outcomes.
fn round(entries: &[u32], options: &Options) -> Vec<Result<Vec<u8>, Failure>> {
    let started = entries.iter().zip(b'a'..);
    let numbers: Vec<u32> = started
        .map(|(&entry, letter)| jobs::start(entry, &[letter], options).expect("there is room"))
        .collect();
    let mut outcomes: Vec<_> = numbers.iter().map(|_| None).collect();
    while outcomes.iter().any(Option::is_none) {
        jobs::subscribe().block();
        for completion in jobs::completed() {
            let index = numbers.iter().position(|&number| number == completion.job).expect("one of them");
            outcomes[index] = Some(completion.outcome);
        }
    }
    outcomes.into_iter().flatten().collect()
}

/// Runs rounds of such jobs until `find` returns something for the outcomes of one.
fn until<T>(entries: &[u32], mut find: impl FnMut(Vec<Result<Vec<u8>, Failure>>) -> Option<T>) -> T {
    loop {
        if let Some(found) = find(round(entries, &PLAIN)) {
            return found;
        }
    }
}

/// Checks that each of these jobs runs in a call of its own.
fn check_each_alone(options: &Options) {
    for _ in 0..100 {
        let results: Vec<_> = round(&[ASKS; 3], options).into_iter().map(Result::unwrap).collect();
        assert_eq!(results, [[1, b'a'], [1, b'b'], [1, b'c']]);
    }
}

fn main() {
    match std::env::args().nth(1).unwrap().as_str() {
        "goes on" => {
            let last = until(&[ASKS; 3], |outcomes| {
                let places: Vec<_> = outcomes.into_iter().map(|outcome| outcome.unwrap()).collect();
                assert_eq!([0, 1, 2].map(|index| places[index][1]), *b"abc", "each has its own result");
                (places[2][0] == 3).then_some(places)
            });
            println!("{last:?}");
        }
        "main" => println!("{:?}", jobs::next(b"")),
        "alone" => {
            check_each_alone(&Options { timeout: Some(60_000_000_000), ..PLAIN });
            check_each_alone(&Options { memory: Some(1 << 26), ..PLAIN });
            check_each_alone(&Options { fresh: true, ..PLAIN });
        }
        "plain" => check_each_alone(&PLAIN),
        "trap" => until(&[ASKS, TRAPS, ASKS], |outcomes| match &outcomes[..] {
            [first, Err(Failure::Trapped(_)), last] => {
                println!("{first:?} {last:?}");
                Some(())
            }
            _ => None,
        }),
        "stop" => stop(),
        "own jobs" => {
            let outcomes = round(&[HAS_A_JOB, ASKS], &PLAIN);
            println!("{:?}", outcomes.into_iter().map(|outcome| outcome.unwrap()[1]).collect::<Vec<_>>());
        }
        "too large" => {
            let outcomes = round(&[TOO_LARGE, ASKS], &PLAIN);
            println!("{} {:?}", matches!(outcomes[0], Err(Failure::MessageTooLarge(_))), outcomes[1]);
        }
        other => panic!("no case {other}"),
    }
}

/// Stops a job that follows another in its call.
fn stop() {
    loop {
        let [first, second] =
            [ASKS, WAITS].map(|entry| jobs::start(entry, b"", &PLAIN).expect("there is room"));
        let second_is_gone = jobs::subscribe_to(second);
        let mut completed = Vec::new();
        while completed.len() < 2 && jobs::shared(0).is_none() {
            subscribe_duration(1_000_000).block();
            completed.extend(jobs::completed());
        }
        if completed.len() < 2 {
            assert!(completed.len() == 1 && completed[0].job == first, "who was followed has its outcome");
            jobs::cancel(second);
            second_is_gone.block();
            println!("gone");
            return;
        }
    }
}
