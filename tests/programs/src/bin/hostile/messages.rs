//! Messages that are too large, too long or not what they should be.

use std::collections::BTreeMap;

use guest_runtime::Failure;
use guest_runtime::prelude::*;
use serde::de::DeserializeOwned;
use serde::ser::SerializeTuple as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{beside, canary};

pub(crate) async fn run(name: &str) -> bool {
    match name {
        "wrong bytes" => wrong_bytes().await,
        "wrong argument" => beside((async |_: Forged<String>| 1).par_with(forged(&[0xff])).catch()).await,
        "wrong result" => beside((async || forged::<String>(&[0xff])).par().catch()).await,
        "long list" => beside(takes_endless.par_with(forged(&LONG)).memory(32 << 20).catch()).await,
        "long text" => beside(takes_endless_text.par_with(forged(&LONG)).memory(32 << 20).catch()).await,
        "endless list" => beside(takes_endless.par_with(forged(&ENDLESS)).memory(32 << 20).catch()).await,
        "deep" => beside(takes_deep.par_with(forged(&vec![1; 1_000_000])).catch()).await,
        "sizes" => sizes().await,
        "far too large" => beside(sends_too_much.par().catch()).await,
        "result too large" => beside(long.par_with((1 << 20) + 1).catch()).await,
        "result far too large" => beside(long.par_with(100 << 20).catch()).await,
        "parent without memory" => beside(takes_too_much.par().memory(16 << 20).catch()).await,
        "pile" => pile().await,
        "extremes" => extremes().await,
        _ => return false,
    }
    true
}

/// Says that it is a `T`, and is sent as whatever bytes.
struct Forged<T> {
    bytes: Vec<u8>,
    read: Option<T>,
}

fn forged<T>(bytes: &[u8]) -> Forged<T> {
    Forged { bytes: bytes.to_vec(), read: None }
}

impl<T> Serialize for Forged<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Nothing but the bytes themselves: a tuple has no length in front.
        let mut tuple = serializer.serialize_tuple(self.bytes.len())?;
        self.bytes.iter().try_for_each(|byte| tuple.serialize_element(byte))?;
        tuple.end()
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Forged<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(|read| Self { bytes: Vec::new(), read: Some(read) })
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Forged<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.read.fmt(f)
    }
}

/// A length of 2^31 - 1, and nothing behind it.
const LONG: [u8; 5] = [0xff, 0xff, 0xff, 0xff, 0x07];

/// A length of 2^60.
const ENDLESS: [u8; 9] = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10];

async fn takes_endless(list: Forged<Vec<(u64, String)>>) -> usize {
    list.read.map_or(0, |list| list.len())
}

async fn takes_endless_text(text: Forged<(String, u8)>) -> usize {
    text.read.map_or(0, |(text, _)| text.len())
}

/// A list in a list in a list.
#[derive(Deserialize)]
struct Deep(Option<Box<Deep>>);

async fn takes_deep(deep: Forged<Deep>) -> bool {
    deep.read.is_some_and(|deep| deep.0.is_some())
}

/// Something of everything.
#[derive(Debug, Serialize, Deserialize)]
enum Everything {
    Unit,
    Text(String, char),
    Lists { numbers: Vec<i64>, pairs: BTreeMap<u8, Option<bool>> },
    Floats([f32; 3], f64),
    Inner(Box<Everything>),
    Many(Vec<Everything>),
    Outcome(Result<u128, String>),
}

/// Ten thousand messages that nobody wrote: some mean something, by chance; no other fails otherwise
/// than it should.
async fn wrong_bytes() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let reads = async |everything: Forged<Everything>| everything.read.is_some();
    let mut refused = 0;
    for _ in 0..100 {
        let messages = (0..100).map(|_| {
            let length = random() % 40;
            let first = [(random() % 8) as u8];
            let rest = (0..length).map(|_| (random() % 256) as u8 >> (random() % 8));
            forged(&first.into_iter().chain(rest).collect::<Vec<_>>())
        });
        let jobs: Vec<_> = messages.map(|message| reads.par_with(message).catch()).collect();
        for outcome in jobs.join().await {
            match outcome {
                Ok(is_read) => assert!(is_read),
                Err(Failure::BadMessage(_)) => refused += 1,
                Err(other) => println!("{other}"),
            }
        }
    }
    println!(
        "{}",
        if (5_000..10_000).contains(&refused) { "most are refused" } else { "too few or too many" }
    );
    canary().await;
}

async fn length(message: Vec<u8>) -> u64 {
    message.len() as u64
}

async fn long(length: u64) -> Vec<u8> {
    vec![1; length as usize]
}

/// Around the largest message, there and back.
async fn sizes() {
    for size in [0, 1, (1 << 20) - 1, 1 << 20] {
        println!("{:?}", (length.par_with(vec![1; size as usize]).await, long.par_with(size).await.len()));
    }
    beside(length.par_with(vec![1; (1 << 20) + 1]).catch()).await;
}

async fn sends_too_much() -> u64 {
    length.par_with(vec![1; 100 << 20]).await
}

/// A parent with 16 MiB, and a child that returns 32.
async fn takes_too_much() -> usize {
    long.par_with(32 << 20).await.len()
}

/// 10,000 results that have come before the first of them is taken.
async fn pile() {
    let mut jobs: Vec<_> = (0..10_000).map(|n| crate::double.par_with(n)).collect();
    jobs.iter_mut().for_each(guest_runtime::ParallelFuture::start);
    let ended: Vec<_> = jobs.iter_mut().map(guest_runtime::ParallelFuture::pollable).collect();
    ended.iter().for_each(|ended| ended.block());
    println!("{}", jobs.iter_mut().map(|job| job.try_wait().unwrap()).sum::<u64>());
    canary().await;
}

async fn echo<T>(value: T) -> T {
    value
}

/// All bits of it, there and back, by itself and as one of several.
async fn extremes() {
    let nans = [0x7ff8_dead_beef_0001, 0x7ff0_0000_0000_0001, 0xffff_ffff_ffff_ffff_u64].map(f64::from_bits);
    let quiet: Vec<_> =
        echo::<Vec<f64>>.par_with(nans.to_vec()).await.into_iter().map(f64::to_bits).collect();
    assert_eq!(quiet, nans.map(f64::to_bits));
    for nan in nans {
        assert_eq!(echo::<(f64, u8)>.par_with((nan, 1)).await.0.to_bits(), nan.to_bits());
    }
    let singles = [0x7fc0_1234, 0x7f80_0001, 0x8000_0000, 1].map(f32::from_bits);
    let echoed = echo::<[f32; 4]>.par_with(singles).await;
    assert_eq!(echoed.map(f32::to_bits), singles.map(f32::to_bits));
    for number in [i64::MIN, -1, 0, 1, i64::MAX] {
        assert_eq!(echo::<(i64, String)>.par_with((number, String::new())).await, (number, String::new()));
    }
    for number in [i128::MIN, -1, 0, 1, i128::MAX] {
        assert_eq!(echo::<i128>.par_with(number).await, number);
    }
    assert_eq!(echo::<String>.par_with(String::new()).await, "");
    assert_eq!(echo::<Vec<String>>.par_with(vec![String::new(), "\0".into()]).await, ["", "\0"]);
    println!("all equal");
    canary().await;
}
