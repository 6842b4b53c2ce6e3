//! Jobs that change all their borrowed places and then return no value: each place keeps its old value.
//!
//! A job that has changed its places creates a file in the one granted directory.
use std::fs;
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;
use guest_runtime::{Failure, Parallel};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number that fails to serialize if it is 13, and fails to deserialize if it is even.
#[derive(Debug, Clone, PartialEq)]
struct Odd(u32);

impl Serialize for Odd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            13 => Err(serde::ser::Error::custom("13 is not written")),
            n => n.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Odd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            n if n % 2 == 1 => Ok(Self(n)),
            _ => Err(serde::de::Error::custom("an even number is not read")),
        }
    }
}

/// All that is lent to a job.
#[derive(Debug, Clone, PartialEq)]
struct Places {
    number: u64,
    odds: [Odd; 3],
    numbers: [u16; 5],
    bytes: Vec<u8>,
    words: [String; 3],
    last: Odd,
}

/// What a job does when it has changed everything.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Then {
    EndsWell,
    Panics,
    PanicsInItsJob,
    Traps,
    Exits,
    TakesMemory,
    Computes,
    Waits,
    CannotWriteAnItem,
    CannotWriteThePlaceBehind,
    CannotWriteTheResult,
    HasAnItemThatCannotBeRead,
    HasAPlaceBehindThatCannotBeRead,
    HasAResultThatCannotBeRead,
    HasALongPlace,
    HasALongResult,
    IsLongTogether,
}

const LONG: usize = 2 << 20;

#[guest_runtime::parallel]
async fn change(
    then: Then,
    number: &mut u64,
    odds: &mut [Odd],
    numbers: &mut [u16],
    bytes: &mut Vec<u8>,
    words: &mut [String],
    last: &mut Odd,
) -> (Odd, Vec<u8>) {
    *number += 1;
    odds.iter_mut().for_each(|odd| odd.0 += 2);
    numbers.reverse();
    bytes.push(1);
    words.sort();
    words[0].push('!');
    last.0 += 20;
    let mut result = (Odd(1), vec![7]);
    match then {
        Then::EndsWell => {}
        Then::Panics => panic!("on purpose"),
        Then::PanicsInItsJob => (async || panic!("further down")).par().await,
        Then::Traps => std::process::abort(),
        Then::Exits => guest_runtime::exit(3),
        Then::TakesMemory => drop(std::hint::black_box(vec![1_u8; 64 << 20])),
        Then::Computes => computes(),
        Then::Waits => waits().await,
        Then::CannotWriteAnItem => odds[1].0 = 13,
        Then::CannotWriteThePlaceBehind => last.0 = 13,
        Then::CannotWriteTheResult => result.0.0 = 13,
        Then::HasAnItemThatCannotBeRead => odds[1].0 = 2,
        Then::HasAPlaceBehindThatCannotBeRead => last.0 = 2,
        Then::HasAResultThatCannotBeRead => result.0.0 = 2,
        Then::HasALongPlace => bytes.resize(LONG, 1),
        Then::HasALongResult => result.1.resize(LONG, 1),
        Then::IsLongTogether => {
            bytes.resize(LONG / 3, 1);
            result.1.resize(LONG / 3, 1);
        }
    }
    result
}

fn computes() {
    changed();
    loop {
        std::hint::spin_loop();
    }
}

async fn waits() {
    changed();
    sleep(Duration::from_secs(3600)).await;
}

/// Tells the parent that everything is changed.
fn changed() {
    fs::write("/changed", "").unwrap();
}

async fn until_changed() {
    while !fs::exists("/changed").unwrap() {
        sleep(Duration::from_millis(1)).await;
    }
    fs::remove_file("/changed").unwrap();
}

impl Places {
    fn new() -> Self {
        Self {
            number: 7,
            odds: [1, 3, 5].map(Odd),
            numbers: [1, 2, 3, 4, 5],
            bytes: vec![0; 3],
            words: ["c", "b", "a"].map(String::from),
            last: Odd(1),
        }
    }

    /// The call that changes everything, and then does this.
    fn change(&mut self, then: Then) -> impl Parallel<Output = (Odd, Vec<u8>)> {
        let Self { number, odds, numbers, bytes, words, last } = self;
        change(then, number, &mut odds[1..], &mut numbers[1..], bytes, words, last)
    }
}

fn reason(failure: Failure) -> String {
    match failure {
        Failure::Panicked(panic) => format!("panicked: {}", panic.message),
        Failure::Trapped(trap) => format!("trapped: {:?}", trap.code),
        Failure::OutOfMemory(excess) => format!("out of memory: {}", excess.setting),
        Failure::MessageTooLarge(excess) => format!("too large: {}", excess.setting),
        failure => failure.to_string(),
    }
}

/// Jobs that fail by themselves, in different ways.
async fn those_that_fail() {
    let thens = [
        Then::Panics,
        Then::PanicsInItsJob,
        Then::Traps,
        Then::Exits,
        Then::TakesMemory,
        Then::Computes,
        Then::Waits,
        Then::CannotWriteAnItem,
        Then::CannotWriteThePlaceBehind,
        Then::CannotWriteTheResult,
        Then::HasAnItemThatCannotBeRead,
        Then::HasAPlaceBehindThatCannotBeRead,
        Then::HasAResultThatCannotBeRead,
        Then::HasALongPlace,
        Then::HasALongResult,
        Then::IsLongTogether,
    ];
    for then in thens {
        let mut places = Places::new();
        let job = places.change(then).par().memory(32 << 20);
        let job = match then {
            Then::Computes | Then::Waits => job.timeout(Duration::from_millis(50)),
            _ => job,
        };
        let failure = job.catch().await.unwrap_err();
        assert_eq!(places, Places::new(), "{then:?}");
        println!("{then:?}: {}", reason(failure));
        if let Then::Computes | Then::Waits = then {
            // If its time was up first, there is no such file.
            let _ = fs::remove_file("/changed");
        }
    }
}

/// Arguments that cannot be sent leave the places unborrowed.
async fn those_that_are_not_sent() {
    for (name, odd, length) in [("unwritable", 13, 3), ("unreadable", 2, 3), ("long", 1, LONG)] {
        let mut places = Places { bytes: vec![0; length], last: Odd(odd), ..Places::new() };
        let before = places.clone();
        let failure = places.change(Then::EndsWell).par().catch().await.unwrap_err();
        assert_eq!(places, before, "{name}");
        println!("{name}: {}", reason(failure));
    }
}

/// Jobs that have changed everything and are dropped, stopped, or lose a race.
async fn those_that_are_dropped() {
    let mut places = Places::new();
    for then in [Then::Computes, Then::Waits] {
        let mut job = places.change(then).par();
        job.start();
        until_changed().await;
        drop(job);
        assert_eq!(places, Places::new(), "{then:?}, dropped");

        let mut job = places.change(then).par();
        job.start();
        until_changed().await;
        job.stop().await;
        assert_eq!(places, Places::new(), "{then:?}, stopped");

        let job = async { Some(places.change(then).par().await) };
        let lost = async {
            until_changed().await;
            None
        };
        assert_eq!((job, lost).race().await, None);
        assert_eq!(places, Places::new(), "{then:?}, lost a race");
    }

    // A job that has succeeded, and is dropped before its outcome is taken.
    let mut job = places.change(Then::EndsWell).par();
    job.pollable().block();
    drop(job);
    assert_eq!(places, Places::new(), "ended and dropped");

    // A job that is leaked.
    let mut job = places.change(Then::EndsWell).par();
    job.pollable().block();
    std::mem::forget(job);
    assert_eq!(places, Places::new(), "ended and forgotten");
    println!("dropped");
}

/// With a sibling that fails: what one job has changed stays changed, and what the other has does not.
async fn those_beside_others() {
    let (mut good, mut bad) = (Places::new(), Places::new());
    let (well, badly) = (good.change(Then::EndsWell).par().catch(), bad.change(Then::Panics).par().catch());
    let (well, badly) = (well, badly).join().await;
    assert!(well.is_ok() && badly.is_err());
    assert_ne!(good, Places::new());
    assert_eq!(bad, Places::new());
    println!("beside");
}

#[guest_runtime::main]
async fn main() {
    those_that_fail().await;
    those_that_are_not_sent().await;
    those_that_are_dropped().await;
    those_beside_others().await;

    // A job that succeeds does change the places that a failed job leaves unchanged.
    let (mut here, mut there) = (Places::new(), Places::new());
    let results = (here.change(Then::EndsWell).await, there.change(Then::EndsWell).par().await);
    assert_eq!(results.0, results.1);
    assert_eq!(here, there);
    let before = Places::new();
    assert_ne!(there.number, before.number);
    assert_ne!(there.odds[1..], before.odds[1..]);
    assert_ne!(there.numbers[1..], before.numbers[1..]);
    assert_ne!(there.bytes, before.bytes);
    assert_ne!(there.words, before.words);
    assert_ne!(there.last, before.last);
    // A place that was not lent is not changed.
    assert_eq!((&there.odds[0], there.numbers[0]), (&before.odds[0], before.numbers[0]));
    println!("changed");
}
