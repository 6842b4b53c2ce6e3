//! The tested types of messages: each shape that serde knows, and those of std.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, LinkedList, VecDeque};
use std::ffi::CString;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU16, Wrapping};
use std::ops::{Bound, Range, RangeInclusive};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use fastrand::Rng;
use guest_runtime::__private::wire;
use guest_runtime::Failure;
use serde::{Deserialize, Serialize};

use super::random::value;

/// A type of messages.
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// Returns the message of some value.
    pub(super) message: fn(&mut Rng) -> Vec<u8>,
    /// Decodes any bytes, and checks the value or the error.
    pub(super) read: fn(&[u8]) -> Result<(), String>,
    /// Sends some value, and checks that it arrives.
    pub(super) crosses: fn(&mut Rng) -> Result<(), String>,
}

/// The traits of the tested types.
trait Message: guest_runtime::Message + Debug + Serialize + for<'de> Deserialize<'de> {}

impl<T: guest_runtime::Message + Debug + Serialize + for<'de> Deserialize<'de>> Message for T {}

fn message<T: Message>(random: &mut Rng) -> Vec<u8> {
    let written = value::<T>(random).and_then(|value| Some(wire::encode_value(&value).ok()?.into_owned()));
    written.unwrap_or_default()
}

fn read<T: Message>(bytes: &[u8]) -> Result<(), String> {
    // As the only argument, where numbers stay in the bytes, and as one of two.
    let lent = wire::decode::<(&T, &[T])>(Cow::Borrowed(bytes)).err();
    let alone = wire::decode::<&[T]>(Cow::Borrowed(bytes)).err();
    let here = match wire::decode_value::<T>(Cow::Borrowed(bytes)) {
        Ok(value) => return arrives(value),
        Err(failure) => Some(failure),
    };
    [lent, alone, here].into_iter().flatten().try_for_each(is_bad_message)
}

fn is_bad_message(failure: Failure) -> Result<(), String> {
    match failure {
        Failure::BadMessage(text) if text.lines().count() == 1 => Ok(()),
        failure => Err(format!("{failure:?} is no bad message of one line")),
    }
}

fn crosses<T: Message>(random: &mut Rng) -> Result<(), String> {
    value::<T>(random).map_or(Ok(()), arrives)
}

/// Checks that a value is unchanged on the other side, alone and among others. Values are compared as text,
/// which also compares NaN.
fn arrives<T: Message>(value: T) -> Result<(), String> {
    let sent = format!("{value:?}");
    let same = |what: &str, arrived: Result<String, Failure>| match arrived {
        Ok(arrived) if arrived == sent => Ok(()),
        arrived => Err(format!("{sent} is sent {what}, and {arrived:?} arrives")),
    };
    let lent = wire::encode(&(&value, "behind it")).and_then(wire::decode::<(&T, &str)>);
    same("as an argument", lent.map(|mut far| format!("{:?}", wire::lend::<(&T, &str)>(&mut far).0)))?;
    let alone = wire::encode_value(&value).and_then(wire::decode_value::<T>);
    same("alone", alone.map(|value| format!("{value:?}")))?;
    let moved = wire::into_encoded(value).and_then(|bytes| wire::decode_value::<T>(Cow::Owned(bytes)));
    same("and dropped here", moved.map(|value| format!("{value:?}")))
}

macro_rules! kinds {
    ($($type:ty,)*) => {
        pub(super) static KINDS: &[Kind] = &[$(Kind {
            name: stringify!($type),
            message: message::<$type>,
            read: read::<$type>,
            crosses: crosses::<$type>,
        }),*];
    };
}

kinds! {
    (),
    bool,
    char,
    u8,
    u16,
    u32,
    u64,
    u128,
    i8,
    i64,
    i128,
    f32,
    f64,
    usize,
    String,
    Vec<u8>,
    Vec<u16>,
    Vec<i64>,
    Vec<f32>,
    Vec<f64>,
    Vec<bool>,
    Vec<char>,
    Vec<String>,
    Vec<Vec<u8>>,
    Vec<Vec<f32>>,
    Vec<Option<u64>>,
    [u8; 32],
    [u64; 3],
    Box<str>,
    Box<[u16]>,
    Option<String>,
    Result<u8, String>,
    (u8, u16, u32, u64),
    (String, Vec<f32>, Option<()>),
    BTreeMap<String, Vec<u32>>,
    BTreeSet<i16>,
    VecDeque<u8>,
    LinkedList<String>,
    Range<u64>,
    RangeInclusive<i8>,
    Bound<u32>,
    Reverse<u8>,
    Wrapping<i32>,
    NonZeroU16,
    // Not by themselves: a job that is lent one gets an error.
    Option<Cell<u8>>,
    (RefCell<String>, u8),
    Option<Mutex<u8>>,
    PhantomData<u8>,
    CString,
    PathBuf,
    IpAddr,
    SocketAddr,
    Duration,
    SystemTime,
    Failure,
    Unit,
    Newtype,
    Tuple,
    Record,
    Shape,
    Vec<Shape>,
    Tree,
    Generic<Vec<Record>>,
    Flat,
    Vec<Flat>,
    Defaults,
    Empty,
    Vec<()>,
    Vec<Unit>,
    Vec<Empty>,
    Vec<PhantomData<u8>>,
    Vec<Vec<()>>,
    [(); 32],
    BTreeMap<u8, ()>,
    BTreeMap<(), Vec<Unit>>,
    (Vec<()>, String, Vec<Empty>),
}

#[derive(Debug, Serialize, Deserialize)]
struct Unit;

#[derive(Debug, Serialize, Deserialize)]
struct Empty {}

#[derive(Debug, Serialize, Deserialize)]
struct Newtype(String);

#[derive(Debug, Serialize, Deserialize)]
struct Tuple(u8, Option<u16>, Unit);

#[derive(Debug, Serialize, Deserialize)]
struct Record {
    number: u64,
    text: String,
    list: Vec<Newtype>,
    maybe: Option<Box<Record>>,
}

#[derive(Debug, Serialize, Deserialize)]
enum Shape {
    Unit,
    Newtype(f64),
    Tuple(u8, String),
    Struct {
        numbers: Vec<u32>,
        shape: Option<Box<Shape>>,
    },
    #[serde(rename = "other")]
    Renamed(()),
}

/// A recursive type.
#[derive(Debug, Serialize, Deserialize)]
enum Tree {
    Leaf,
    Node(Box<Tree>),
    Branch(Vec<Tree>),
}

#[derive(Debug, Serialize, Deserialize)]
struct Generic<T> {
    value: T,
    others: BTreeMap<u8, T>,
}

/// A struct of numbers, which are copied without conversion.
#[derive(Debug, Serialize, Deserialize)]
struct Flat {
    #[serde(with = "guest_runtime::flat")]
    numbers: Vec<f32>,
    #[serde(with = "guest_runtime::flat")]
    bytes: Vec<u8>,
    behind: u8,
}

/// A struct with a skipped field.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
struct Defaults {
    first: u8,
    #[serde(skip)]
    never: PhantomData<String>,
    last: String,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { first: 7, never: PhantomData, last: "nothing".to_owned() }
    }
}
