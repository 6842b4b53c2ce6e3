//! Passes a thousand structs to a job and back, and prints the microseconds per round trip.
//!
//! The arguments are the type (`accounts`, `numbers` or `points`), and the encoding: as `values`, or as bytes
//! that this program encodes with `postcard`. postcard checks nothing, and its bytes are sent as they are.

#![expect(clippy::print_stdout, reason = "a program's output")]

#[path = "../rounds.rs"]
mod rounds;

use std::time::Instant;

use guest_runtime::Message;
use guest_runtime::prelude::*;
use serde::{Deserialize, Serialize};

use rounds::Rounds;

const STRUCTS: u32 = 1000;

/// A struct with fields of many kinds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Account {
    id: u64,
    name: String,
    balance: f64,
    kind: Kind,
    place: Point,
    parent: Option<u32>,
    tags: Vec<u16>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Kind {
    Free,
    Paid(u32),
    Trial { days: u16, code: char },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Numbers {
    id: u64,
    count: u32,
    change: i32,
    index: usize,
    year: u16,
    is_open: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Point {
    x: f32,
    y: f32,
    z: f32,
}

fn account(n: u32) -> Account {
    let kind = match n % 3 {
        0 => Kind::Free,
        1 => Kind::Paid(n),
        _ => Kind::Trial { days: 30, code: 'x' },
    };
    let tags = (0..n as u16 % 4).collect();
    let (id, name) = (u64::from(n) * 1_000_003, format!("account {n}"));
    Account { id, name, balance: 0.5, kind, place: point(n), parent: n.is_multiple_of(2).then_some(n), tags }
}

fn numbers(n: u32) -> Numbers {
    let (id, index) = (u64::from(n) * 1_000_003, n as usize);
    Numbers { id, count: n, change: -7, index, year: 2026, is_open: true }
}

fn point(n: u32) -> Point {
    Point { x: n as f32, y: 0.5, z: -1.5 }
}

async fn echo<T>(value: T) -> T {
    value
}

/// The same with bytes, which are decoded and encoded in the job.
async fn echo_bytes<T: Message>(bytes: Vec<u8>) -> Vec<u8> {
    to_bytes(&from_bytes::<T>(&bytes))
}

fn to_bytes<T: Message>(value: &T) -> Vec<u8> {
    postcard::to_allocvec(value).expect("it can be written")
}

fn from_bytes<T: Message>(bytes: &[u8]) -> T {
    postcard::from_bytes(bytes).expect("it can be read")
}

async fn measure<T: Message + Clone + PartialEq>(make: fn(u32) -> T, as_values: bool) -> f64 {
    let structs: Vec<T> = (0..STRUCTS).map(make).collect();
    let mut rounds = Rounds::new();
    while rounds.continues() {
        let sent = structs.clone();
        let start = Instant::now();
        let back = if as_values {
            echo::<Vec<T>>.par_with(sent).await
        } else {
            from_bytes(&echo_bytes::<Vec<T>>.par_with(to_bytes(&sent)).await)
        };
        rounds.add(start);
        assert!(back == structs, "they come back as they were");
    }
    rounds.each(1)
}

#[guest_runtime::main]
async fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [what, how] = arguments.as_slice() else { panic!("two arguments") };
    let as_values = how == "values";
    let took = match what.as_str() {
        "accounts" => measure(account, as_values).await,
        "numbers" => measure(numbers, as_values).await,
        "points" => measure(point, as_values).await,
        other => panic!("{other}: no such structs"),
    };
    println!("{took:.4}");
}
