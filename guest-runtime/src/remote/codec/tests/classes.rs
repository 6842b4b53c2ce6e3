//! Every class of values written where every class is read: what arrives says the same, or nothing arrives.

use std::any::type_name;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Failure;
use crate::remote::codec::decoder::decode;
use crate::remote::codec::encoder::encode;

/// What a value says, whatever its type is.
trait Says {
    fn says(&self) -> String;
}

macro_rules! says {
    ($($type:ty: |$value:ident| $says:expr;)*) => {
        $(impl Says for $type {
            fn says(&self) -> String {
                let $value = self;
                $says
            }
        })*
    };
}

fn list(says: impl IntoIterator<Item = impl ToString>) -> String {
    format!("[{}]", says.into_iter().map(|says| says.to_string()).collect::<Vec<_>>().join(", "))
}

says! {
    bool: |value| value.to_string();
    i8: |value| value.to_string();
    i16: |value| value.to_string();
    i32: |value| value.to_string();
    i64: |value| value.to_string();
    i128: |value| value.to_string();
    u8: |value| value.to_string();
    u16: |value| value.to_string();
    u32: |value| value.to_string();
    u64: |value| value.to_string();
    u128: |value| value.to_string();
    f32: |value| format!("a float, {value:e}");
    f64: |value| format!("a double, {value:e}");
    // Text is its bytes, as it always was.
    char: |value| list(value.to_string().bytes());
    String: |value| list(value.bytes());
    Bytes: |value| list(&value.0);
    Vec<u8>: |value| list(value);
    Vec<u32>: |value| list(value);
    [u8; 2]: |value| list(value);
    (): |_value| "()".to_string();
    Unit: |_value| "()".to_string();
    Option<u32>: |value| format!("{value:?}");
    Option<Option<u32>>: |value| format!("{value:?}");
    (u32,): |value| list([value.0]);
    (u32, u32): |value| list([value.0, value.1]);
    ((u32, u32), u32): |value| list([value.0.says(), value.1.says()]);
    (u32, (u32, u32)): |value| list([value.0.says(), value.1.says()]);
    BTreeMap<u32, u32>: |value| format!("{value:?}");
    Newtype: |value| value.0.to_string();
    Point: |value| format!("{value:?}");
    Turned: |value| format!("{value:?}");
    Enum: |value| format!("{value:?}");
    Other: |value| format!("{value:?}");
}

/// A run of bytes.
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
        }
        deserializer.deserialize_byte_buf(Visitor)
    }
}

#[derive(Serialize, Deserialize)]
struct Unit;

#[derive(Serialize, Deserialize)]
struct Newtype(u32);

#[derive(Serialize, Deserialize, Debug)]
struct Point {
    x: u32,
    y: u32,
}

/// The same fields in another order.
#[derive(Serialize, Deserialize, Debug)]
struct Turned {
    y: u32,
    x: u32,
}

#[derive(Serialize, Deserialize, Debug)]
enum Enum {
    A,
    B(u32),
    C { x: u32 },
}

/// The same variants with other contents, in another order.
#[derive(Serialize, Deserialize, Debug)]
enum Other {
    B { x: u32 },
    C(u32, u32),
    A(u32),
}

/// A value between two others, and what it says.
struct Written {
    class: &'static str,
    says: String,
    message: Vec<u8>,
}

fn write<T: Serialize + Says + 'static>(value: T) -> Written {
    let says = value.says();
    Written { class: type_name::<T>(), says, message: encode(&(5_u8, value, 6_u8)).unwrap() }
}

/// Reads a value between two others as one of this type.
struct Class {
    name: &'static str,
    read: fn(&[u8]) -> Result<String, Failure>,
}

fn class<T: DeserializeOwned + Says + 'static>() -> Class {
    let read = |message: &[u8]| {
        let (before, value, after) = decode::<(u8, T, u8)>(message)?;
        assert_eq!((before, after), (5, 6), "what is around it has changed");
        Ok(value.says())
    };
    Class { name: type_name::<T>(), read }
}

/// All these values, and all their types.
macro_rules! all {
    ($($type:ty: [$($value:expr),*],)*) => {
        (vec![$($(write::<$type>($value)),*),*], [$(class::<$type>()),*])
    };
}

#[test]
fn every_class_is_read_as_what_it_says_or_refused() {
    let (values, classes) = all!(
        bool: [false, true],
        i8: [0, -1, 65],
        i16: [5, -300],
        i32: [5, -70_000],
        i64: [5, i64::MIN],
        i128: [5, i128::MIN],
        u8: [0, 5, 255],
        u16: [5, u16::MAX],
        u32: [5, u32::MAX],
        u64: [5, (1 << 53) + 1],
        u128: [5, u128::MAX],
        f32: [0.0, 0.1],
        f64: [0.0, 0.1, 5.0],
        char: ['a', 'ß'],
        String: [String::new(), "a".into(), "ab".into()],
        Bytes: [Bytes(vec![]), Bytes(vec![97, 98])],
        Vec<u8>: [vec![], vec![1, 2]],
        Vec<u32>: [vec![], vec![1, 2], vec![300]],
        [u8; 2]: [[1, 2]],
        (): [()],
        Unit: [Unit],
        Option<u32>: [None, Some(5)],
        Option<Option<u32>>: [None, Some(None), Some(Some(5))],
        (u32,): [(5,)],
        (u32, u32): [(1, 2)],
        ((u32, u32), u32): [((1, 2), 3)],
        (u32, (u32, u32)): [(1, (2, 3))],
        BTreeMap<u32, u32>: [BTreeMap::new(), BTreeMap::from([(1, 2)])],
        Newtype: [Newtype(5)],
        Point: [Point { x: 1, y: 2 }],
        Turned: [Turned { y: 1, x: 2 }],
        Enum: [Enum::A, Enum::B(5), Enum::C { x: 5 }],
        Other: [Other::A(5), Other::B { x: 5 }, Other::C(1, 2)],
    );
    for Written { class, says, message } in &values {
        for Class { name, read } in &classes {
            match read(message) {
                Ok(read) => assert_eq!(&read, says, "{class} as {name}"),
                Err(Failure::BadMessage(_)) => assert_ne!(class, name, "{says}"),
                Err(other) => panic!("{class} as {name}: {other}"),
            }
        }
    }
}
