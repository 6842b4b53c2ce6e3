//! What goes in comes out, flat or not, and what nobody wrote is an error.

use std::fmt::Debug;

use crate::par::arguments::{Arguments, Message};
use crate::par::codec::{decode, encode};

#[track_caller]
fn check<T: Message + Clone + PartialEq + Debug>(value: T) {
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
    let arguments = (7_u8, vec![1.5_f32, 2.5], "x".to_string(), vec![Some(1_u32)]);
    assert_eq!(Arguments::decode(arguments.clone().encode().unwrap()), Ok(arguments));
    let () = <()>::decode(().encode().unwrap()).unwrap();
}

#[test]
fn what_nobody_wrote_is_an_error() {
    assert!(decode::<Vec<u64>>(vec![1, 2, 3]).is_err());
    assert!(decode::<String>(vec![0xff]).is_err());
    assert!(decode::<(u8, u32)>(Vec::new()).is_err());
    assert!(<(u8, Vec<u8>)>::decode(vec![1, 200, 1]).is_err());
}

/// A field that serde skips shifts those behind it. Each argument has a length of its own, so that
/// at least it does not read what belongs to the next.
#[test]
fn a_skipped_field_does_not_eat_the_next_argument() {
    #[derive(serde::Serialize, serde::Deserialize, Clone, Debug, PartialEq)]
    struct Skips {
        x: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        y: Option<u32>,
    }
    let arguments = (Skips { x: 1, y: None }, vec![(7_u32, 0_u32)]);
    assert!(<(Skips, Vec<(u32, u32)>)>::decode(arguments.encode().unwrap()).is_err());
    assert!(decode::<u8>(vec![1, 2]).is_err());
}
