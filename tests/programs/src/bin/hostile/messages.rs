//! Invalid messages: too large, too long, or with the wrong structure.

use std::collections::BTreeMap;

use guest_runtime::Failure;
use guest_runtime::prelude::*;
use serde::de::DeserializeOwned;
use serde::ser::{SerializeSeq as _, SerializeTuple as _, SerializeTupleVariant as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{beside, canary};

pub(crate) async fn run(name: &str) -> bool {
    match name {
        "wrong bytes" => wrong_bytes().await,
        "wrong argument" => beside((async |_: Forged<String>| 1).par_with(forged(&[0xff])).catch()).await,
        "wrong result" => beside((async || forged::<String>(&[0xff])).par().catch()).await,
        "long list" => beside(takes_long.par_with(Long).memory(32 << 20).catch()).await,
        "long text" => beside(takes_text.par_with(forged(&[1; 5])).memory(32 << 20).catch()).await,
        "wrong list" => beside(takes_list.par_with(forged(&[1; 9])).memory(32 << 20).catch()).await,
        "deep" => beside(gives_deep.par().catch()).await,
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

/// Pretends to be a `T`, and is serialized as a tuple of bytes.
struct Forged<T> {
    bytes: Vec<u8>,
    read: Option<T>,
}

fn forged<T>(bytes: &[u8]) -> Forged<T> {
    Forged { bytes: bytes.to_vec(), read: None }
}

impl<T> Serialize for Forged<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
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

/// Announces 2^31 - 1 elements, and writes none.
struct Long;

impl Serialize for Long {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_seq(Some(0x7fff_ffff))?.end()
    }
}

impl<'de> Deserialize<'de> for Long {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = Vec::<(u64, String)>::deserialize(deserializer)?;
        assert!(read.is_empty());
        Ok(Self)
    }
}

async fn takes_long(_: Long) -> usize {
    0
}

async fn takes_list(list: Forged<Vec<(u64, String)>>) -> usize {
    list.read.map_or(0, |list| list.len())
}

async fn takes_text(text: Forged<(String, u8)>) -> usize {
    text.read.map_or(0, |(text, _)| text.len())
}

/// A type with nested values, of any depth.
#[derive(Debug, Serialize, Deserialize)]
struct Deep(Option<Box<Deep>>);

async fn gives_deep() -> Deep {
    (0..1_000_000).fold(Deep(None), |deep, _| Deep(Some(Box::new(deep))))
}

/// A type that contains every kind of value.
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

/// Is read as [`Everything`], and written as one of its variants with random content.
struct Noise(Vec<u8>, Option<Everything>);

impl Serialize for Noise {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const NAMES: [&str; 8] = ["Unit", "Text", "Lists", "Floats", "Inner", "Many", "Outcome", "None"];
        let (first, rest) = self.0.split_first().expect("there is a first byte");
        let index = u32::from(first % 8);
        let name = NAMES[index as usize];
        if rest.is_empty() || index == 0 {
            return serializer.serialize_unit_variant("Everything", index, name);
        }
        let mut content = serializer.serialize_tuple_variant("Everything", index, name, rest.len())?;
        for &byte in rest {
            match byte % 8 {
                0 => content.serialize_field(&())?,
                1 => content.serialize_field(&byte)?,
                2 => content.serialize_field("text")?,
                3 => content.serialize_field(&'c')?,
                4 => content.serialize_field(&[0.5_f32, 1.0, 1.5])?,
                5 => content.serialize_field(&f64::from(byte))?,
                6 => content.serialize_field(&vec![byte])?,
                _ => content.serialize_field(&Ok::<u8, u8>(byte))?,
            }
        }
        content.end()
    }
}

impl<'de> Deserialize<'de> for Noise {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Everything::deserialize(deserializer).map(|read| Self(Vec::new(), Some(read)))
    }
}

/// Sends ten thousand messages of random structure: a few are valid by chance, and all others fail with the
/// expected error.
async fn wrong_bytes() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let reads = async |noise: Noise| noise.1.is_some();
    let mut refused = 0;
    for _ in 0..100 {
        let messages = (0..100).map(|_| {
            let length = 1 + random() % 4;
            Noise((0..length).map(|_| (random() % 256) as u8).collect(), None)
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

/// Sends messages up to the size limit, as arguments and as results, and one that is too large.
async fn sizes() {
    for size in [0, 1, (1 << 20) - 1, 1 << 20] {
        println!("{:?}", (length.par_with(vec![1; size as usize]).await, long.par_with(size).await.len()));
    }
    beside(length.par_with(vec![1; (1 << 20) + 1]).catch()).await;
}

async fn sends_too_much() -> u64 {
    length.par_with(vec![1; 100 << 20]).await
}

/// A parent with 16 MiB of memory waits for a child that returns 32 MiB.
async fn takes_too_much() -> usize {
    long.par_with(32 << 20).await.len()
}

/// 10,000 results arrive before the first of them is taken.
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

/// Sends extreme numbers and strings on a round trip, alone and as one of several: every bit is kept.
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
