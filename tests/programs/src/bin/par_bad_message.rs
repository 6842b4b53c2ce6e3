//! Values that serde cannot write or read are a failure of that job, with its reason.
use guest_runtime::Failure;
use guest_runtime::prelude::*;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Debug)]
struct Odd(u32);

impl Serialize for Odd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            13 => Err(serde::ser::Error::custom("unlucky")),
            n => n.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Odd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            n if n % 2 == 1 => Ok(Self(n)),
            _ => Err(serde::de::Error::custom("even")),
        }
    }
}

/// If `from` is omitted, `to` is read in its place; jobs once got wrong values instead of a failure.
#[derive(Serialize, Deserialize)]
struct Range {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<u32>,
    to: Vec<u32>,
}

#[guest_runtime::parallel]
async fn echo(range: Range) -> Range {
    range
}

/// Its two impls disagree.
#[derive(Serialize, Deserialize)]
struct Halves {
    #[serde(deserialize_with = "from_text")]
    x: u32,
}

fn from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

#[guest_runtime::parallel]
async fn half(halves: Halves) -> u32 {
    halves.x
}

#[guest_runtime::parallel]
async fn add(odd: Odd, n: u32) -> Odd {
    Odd(odd.0 + n)
}

#[guest_runtime::main]
async fn main() {
    for (odd, n) in [(1, 2), (13, 0), (2, 1), (3, 10), (3, 1), (5, 4)] {
        match add(Odd(odd), n).par().catch().await {
            Ok(Odd(sum)) => println!("{odd} {n}: {sum}"),
            Err(Failure::BadMessage(_)) => println!("{odd} {n}: bad message"),
            Err(other) => println!("{odd} {n}: {other}"),
        }
    }
    for from in [Some(1), None] {
        match echo(Range { from, to: vec![0] }).par().catch().await {
            Ok(range) => println!("{:?} to {:?}", range.from, range.to),
            Err(failure) => println!("{failure}"),
        }
    }
    match half(Halves { x: 5 }).par().catch().await {
        Ok(half) => println!("{half}"),
        Err(failure) => println!("{failure}"),
    }
}
