//! A value arrives as it was written, flat or not, or its message is an error.

mod attributes;
mod bounds;
mod classes;
mod crates;
mod impls;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::Ipv4Addr;
use std::num::Wrapping;

use serde::{Deserialize, Serialize, Serializer};

use crate::Failure;
use crate::remote::argument::{Moved, Transfer};
use crate::remote::codec::{into_bytes as encode, read, write};
use crate::remote::message::Message;

fn decode<T: Message>(message: Vec<u8>) -> Result<T, Failure> {
    read(Cow::Owned(message))
}

/// What the far side gets of these arguments.
fn sent<A: Transfer>(arguments: A) -> Result<A::Received, Failure> {
    A::decode(arguments.encode()?)
}

#[track_caller]
fn check<T: Message + Clone + PartialEq + Debug>(value: T) {
    assert_eq!(read::<T>(write(&value).unwrap()).as_ref(), Ok(&value));
    assert_eq!(decode::<T>(encode(value.clone()).unwrap()), Ok(value));
}

#[test]
fn values_survive() {
    check(());
    check(u64::MAX);
    check(-1.5_f64);
    check("Grüße".to_string());
    check(Some(vec!["a".to_string()]));
    check((0_u64..7, 'x', [1_u8; 4]));
}

/// A list of no names is known before any is.
#[test]
fn a_struct_without_fields_is_told_from_others() {
    #[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
    struct Empty {}
    #[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
    struct One {
        x: u8,
    }
    check(vec![Empty {}, Empty {}]);
    check((One { x: 1 }, Empty {}, One { x: 2 }));
    assert!(encode((One { x: 1 }, 2_u8)).and_then(decode::<(Empty, u8)>).is_err());
    assert!(encode((Empty {}, 2_u8)).and_then(decode::<(One, u8)>).is_err());
}

#[test]
fn flat_values_survive() {
    check(vec![0_u8, 255]);
    check(vec![i16::MIN, 7]);
    check(vec![f64::NEG_INFINITY, -0.0]);
    check(Vec::<u64>::new());
    let not_a_number = decode::<Vec<f32>>(encode(vec![f32::from_bits(0x7fc0_1234)]).unwrap()).unwrap();
    assert_eq!(not_a_number[0].to_bits(), 0x7fc0_1234);
}

#[test]
fn bytes_are_moved() {
    let bytes = vec![7_u8; 1000];
    let at = bytes.as_ptr();
    let message = encode(bytes).unwrap();
    assert_eq!(message.as_ptr(), at);
    let bytes: Vec<u8> = decode(message).unwrap();
    assert_eq!(bytes.as_ptr(), at);
}

#[test]
fn arguments_survive() {
    let mut far = sent((&7_u8, &[1.5_f32, 2.5][..], "x", Moved::new(vec![Some(1_u32)]))).unwrap();
    let lent = <(&u8, &[f32], &str, Moved<Vec<Option<u32>>>)>::lend(&mut far);
    assert_eq!(lent, (&7_u8, &[1.5_f32, 2.5][..], "x", vec![Some(1_u32)]));
    let () = sent(()).unwrap();
}

#[test]
fn what_nobody_wrote_is_an_error() {
    assert!(decode::<Vec<u64>>(vec![1, 2, 3]).is_err());
    assert!(decode::<String>(vec![0xff]).is_err());
    assert!(decode::<(u8, u32)>(Vec::new()).is_err());
    assert!(<(&u8, &[u8])>::decode(Cow::Owned(vec![2, 0, 0, 0, 10, 1, 200, 0, 0, 0, 1])).is_err());
    assert!(decode::<()>(vec![0]).is_err());
}

/// Why this message is refused.
#[track_caller]
fn refused<T: Debug>(message: Result<T, Failure>) -> String {
    match message {
        Err(Failure::BadMessage(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

/// Each argument has a length of its own.
#[test]
fn a_field_of_one_side_does_not_eat_the_next_argument() {
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct OneSided {
        x: u32,
        #[serde(skip_serializing)]
        y: Option<u32>,
        #[serde(skip_serializing)]
        z: u32,
    }
    let reason = refused(sent((&OneSided { x: 1, y: None, z: 2 }, &[(7_u32, 0_u32)][..])));
    assert_eq!(reason, "`OneSided`: missing field `z`");
    assert!(decode::<u8>(vec![10, 1, 2]).is_err());
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Skips {
    x: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    y: Option<u32>,
    z: Vec<u32>,
}

const SKIPS: Skips = Skips { x: 1, y: None, z: Vec::new() };

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
enum Shape {
    Unit,
    Newtype(Skips),
    Tuple(u8, Skips),
    Struct {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        y: Option<u32>,
        with: u8,
    },
}

/// Once the fields behind one that was left out took its place.
#[test]
fn a_field_that_is_left_out_is_its_default_wherever_it_is() {
    let sent = Skips { x: 1, y: Some(2), z: vec![3] };
    check(SKIPS);
    check(Some(SKIPS));
    check((1_u8, SKIPS, 2_u8));
    check(vec![sent.clone(), SKIPS, sent.clone()]);
    check(BTreeMap::from([(1_u8, SKIPS), (2, sent.clone())]));
    check(vec![
        Shape::Unit,
        Shape::Newtype(SKIPS),
        Shape::Newtype(sent.clone()),
        Shape::Tuple(1, SKIPS),
        Shape::Tuple(4, sent),
        Shape::Struct { y: None, with: 1 },
        Shape::Struct { y: Some(5), with: 6 },
    ]);
}

/// `skip` leaves a field out on both sides and always, so nothing shifts.
#[test]
fn a_field_that_neither_side_knows_is_its_default() {
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Named {
        a: u8,
        #[serde(skip)]
        b: u8,
        c: u8,
    }
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Unnamed(u8, #[serde(skip)] u8, u8);
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    enum Variant {
        Named {
            #[serde(skip)]
            a: u8,
            b: u8,
        },
        Unnamed(#[serde(skip)] u8, u8),
    }
    fn sent<T: Message>(value: T) -> T {
        decode(encode(value).unwrap()).unwrap()
    }
    assert_eq!(sent(Named { a: 1, b: 2, c: 3 }), Named { a: 1, b: 0, c: 3 });
    assert_eq!(sent(Unnamed(1, 2, 3)), Unnamed(1, 0, 3));
    assert_eq!(sent(Variant::Named { a: 1, b: 2 }), Variant::Named { a: 0, b: 2 });
    assert_eq!(sent(Variant::Unnamed(1, 2)), Variant::Unnamed(0, 2));
}

/// Everything that serde can say.
fn everything() -> impl Message + Clone + PartialEq + Debug {
    #[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
    struct Unit;
    #[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
    struct Everything {
        signed: (i8, i16, i32, i64, i128),
        unsigned: (u8, u16, u32, u64, u128),
        floats: (f32, f64),
        texts: (char, String, bool),
        units: ((), Unit, Option<Unit>, Option<u8>),
        shapes: Vec<Shape>,
        map: BTreeMap<String, [Wrapping<u16>; 2]>,
        #[serde(with = "crate::flat")]
        flat: Vec<f32>,
        #[serde(serialize_with = "in_words")]
        in_words: String,
        binary_unless_for_humans: Ipv4Addr,
    }
    fn in_words<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(text)
    }
    Everything {
        signed: (-1, i16::MIN, 3, i64::MAX, i128::MIN),
        unsigned: (1, u16::MAX, 3, u64::MAX, u128::MAX),
        floats: (1.5, f64::MIN_POSITIVE),
        texts: ('ß', "Grüße".to_string(), true),
        units: ((), Unit, Some(Unit), None),
        shapes: vec![Shape::Unit, Shape::Struct { y: Some(300), with: 7 }],
        map: BTreeMap::from([("a".to_string(), [Wrapping(1), Wrapping(700)])]),
        flat: vec![0.5; 100],
        in_words: "seven".to_string(),
        binary_unless_for_humans: Ipv4Addr::LOCALHOST,
    }
}

#[test]
fn everything_survives() {
    check(everything());
    check(vec![everything(), everything()]);
}

/// Whatever the bytes are, there is a value of the right type or an error, and soon.
#[test]
fn bytes_that_nobody_wrote_are_a_value_or_an_error() {
    fn decoded<T: Message>(_like: &T, message: Vec<u8>) -> Result<T, Failure> {
        decode(message)
    }
    let value = everything();
    let message = encode(value.clone()).unwrap();
    for end in 0..message.len() {
        assert!(decoded(&value, message[..end].to_vec()).is_err(), "{end} bytes");
        for wrong in [0, 1, 4, 20, 21, 26, 27, 127, 128, 255, message[end] ^ 1] {
            let mut message = message.clone();
            message[end] = wrong;
            let _ = decoded(&value, message);
        }
    }
    let mut longer = message;
    longer.push(4);
    assert!(decoded(&value, longer).is_err());
    // Lengths of which there is no end, before anything is allocated for them.
    assert!(decode::<Vec<()>>(vec![20, 0xff, 0xff, 0xff, 0xff, 4]).is_err());
    assert!(decode::<(String, u8)>(vec![130, 18, 0xff, 0xff, 0xff, 0x7f]).is_err());
}

#[test]
fn what_a_type_says_of_its_error_is_kept() {
    #[derive(Deserialize, Debug)]
    struct Unlucky;
    impl Serialize for Unlucky {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("unlucky"))
        }
    }
    #[derive(Serialize, Deserialize, Debug)]
    struct Holder {
        one: Option<Unlucky>,
    }
    assert!(refused(encode(Some(Unlucky))).ends_with("Unlucky>`: unlucky"));
    assert_eq!(refused(encode(Holder { one: Some(Unlucky) })), "field `one` of `Holder`: unlucky");
}

/// A job without a value has no bytes to send.
#[test]
fn nothing_is_no_bytes() {
    assert_eq!(encode(()), Ok(Vec::new()));
    assert_eq!(decode(Vec::new()), Ok(()));
}
