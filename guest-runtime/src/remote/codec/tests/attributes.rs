//! All pairs of serde's attributes on the fields of a struct and of a variant, with names and without: what
//! arrives is the right value, or the message is refused.

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use super::{Failure, Message, decode, encode};

/// What an attribute makes of a field on its way.
#[derive(Clone, Copy, PartialEq)]
enum Arrives {
    /// As it was, and nothing less.
    Surely,
    /// As it was if it has a name, and as it was or not at all if it has none.
    SurelyByName,
    /// As it was, or not at all.
    Maybe,
    /// As its default: the attribute says so for both ends.
    AsDefault,
    /// As its default or not at all: one end alone knows it.
    AsDefaultMaybe,
}

use Arrives::{AsDefault, AsDefaultMaybe, Maybe, Surely, SurelyByName};

impl Arrives {
    fn of(self, sent: Option<u32>) -> Option<u32> {
        if matches!(self, AsDefault | AsDefaultMaybe) { None } else { sent }
    }

    fn is_sure(self, has_names: bool) -> bool {
        matches!(self, Surely | AsDefault) || self == SurelyByName && has_names
    }
}

type Three = (Option<u32>, Option<u32>, Option<u32>);

const VALUES: [Option<u32>; 3] = [None, Some(0), Some(1 << 20)];

/// Sends all values of a type of three fields, with one between two of them that must not change.
fn check<T: Message + PartialEq + Debug>(make: fn(Three) -> T, a: Arrives, b: Arrives, has_names: bool) {
    let is_sure = a.is_sure(has_names) && b.is_sure(has_names);
    let values = || VALUES.into_iter();
    for (x, (y, z)) in values().flat_map(|x| values().flat_map(move |y| values().map(move |z| (x, (y, z))))) {
        let value = || make((x, y, z));
        let expected = || make((a.of(x), b.of(y), z));
        let arrived = encode((value(), 7_u32, value())).and_then(decode);
        assert_arrived(arrived, (expected(), 7_u32, expected()), is_sure);
    }
}

#[track_caller]
fn assert_arrived<T: PartialEq + Debug>(arrived: Result<T, Failure>, expected: T, is_sure: bool) {
    match arrived {
        Ok(value) => assert_eq!(value, expected),
        Err(Failure::BadMessage(reason)) if !is_sure => {
            assert!(
                reason.contains("Named") || reason.contains("Plain") || reason.contains("Either"),
                "{reason}"
            );
        }
        Err(failure) => panic!("{expected:?}: {failure}"),
    }
}

/// One pair of attributes.
macro_rules! pair {
    ($a:ident [$($of_a:tt)*] $b:ident [$($of_b:tt)*]) => {{
        #[derive(Serialize, Deserialize, Debug, PartialEq)]
        enum Either {
            Named {
                #[serde($($of_a)*)]
                a: Option<u32>,
                #[serde($($of_b)*)]
                b: Option<u32>,
                c: Option<u32>,
            },
            Plain(
                #[serde(default, $($of_a)*)] Option<u32>,
                #[serde(default, $($of_b)*)] Option<u32>,
                #[serde(default)] Option<u32>,
            ),
        }
        check(|(a, b, c)| Either::Named { a, b, c }, $a, $b, true);
        // Without names there is nothing that could tell a field that one end skips from another that the
        // other end skips, if their types are the same.
        if !is_swapped($a, $b) {
            check(|(a, b, c)| Either::Plain(a, b, c), $a, $b, false);
        }
    }};
}

/// One attribute, on fields of structs.
macro_rules! single {
    ($a:ident [$($of_a:tt)*]) => {{
        #[derive(Serialize, Deserialize, Debug, PartialEq)]
        struct Named {
            b: Option<u32>,
            #[serde($($of_a)*)]
            a: Option<u32>,
            c: Option<u32>,
        }
        #[derive(Serialize, Deserialize, Debug, PartialEq)]
        struct Plain(
            #[serde(default, $($of_a)*)] Option<u32>,
            #[serde(default)] Option<u32>,
            #[serde(default)] Option<u32>,
        );
        check(|(a, b, c)| Named { b, a, c }, $a, Surely, true);
        check(|(a, b, c)| Plain(a, b, c), $a, Surely, false);
    }};
}

/// Whether one is left out by one end, and the other by the other, or may be.
fn is_swapped(a: Arrives, b: Arrives) -> bool {
    let may_be_skipped = |arrives| matches!(arrives, AsDefaultMaybe | SurelyByName);
    may_be_skipped(a) && may_be_skipped(b)
}

/// Each attribute with each.
macro_rules! pairs {
    ([$($a:ident $of_a:tt)*] $all:tt) => { $(single!($a $of_a); pairs!(@ $a $of_a $all);)* };
    (@ $a:ident $of_a:tt [$($b:ident $of_b:tt)*]) => { $(pair!($a $of_a $b $of_b);)* };
}

#[test]
fn every_pair_of_attributes_gives_the_right_value_or_none() {
    pairs!(
        [
            Surely [alias = "x", alias = "b0"]
            AsDefault [skip]
            AsDefaultMaybe [skip_serializing]
            AsDefaultMaybe [skip_deserializing]
            SurelyByName [skip_serializing_if = "Option::is_none"]
            Maybe [rename(serialize = "p", deserialize = "q")]
            Maybe [rename(serialize = "c0", deserialize = "a0")]
        ]
        [
            Surely [alias = "y", alias = "a1"]
            AsDefault [skip]
            AsDefaultMaybe [skip_serializing]
            AsDefaultMaybe [skip_deserializing]
            SurelyByName [skip_serializing_if = "Option::is_none"]
            Maybe [rename(serialize = "q", deserialize = "p")]
            Maybe [serialize_with = "as_words", deserialize_with = "from_words"]
        ]
    );
}

fn as_words<S: serde::Serializer>(number: &Option<u32>, serializer: S) -> Result<S::Ok, S::Error> {
    format!("{number:?}").serialize(serializer)
}

fn from_words<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let words = String::deserialize(deserializer)?;
    Ok(words.strip_prefix("Some(").and_then(|words| words.strip_suffix(')')?.parse().ok()))
}

/// `skip` on a variant moves those behind it up, at the reading end only.
#[test]
fn variants_are_found_by_their_names() {
    macro_rules! variants {
        ($([$($first:tt)*] [$($second:tt)*];)*) => {
            $({
                #[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
                enum Variants {
                    #[serde($($first)*)]
                    A,
                    B(u32),
                    #[serde($($second)*)]
                    C(u32),
                    D(u32, u32),
                    E { x: u32 },
                    F,
                }
                use Variants::{A, B, C, D, E, F};
                for value in [A, B(1), C(2), D(3, 4), E { x: 5 }, F] {
                    let arrived = encode(vec![value.clone(), F]).and_then(decode::<Vec<Variants>>);
                    match (arrived, &value) {
                        (Ok(arrived), _) => assert_eq!(arrived, [value, F]),
                        (Err(Failure::BadMessage(reason)), A | C(_)) => {
                            assert!(reason.contains("Variants"), "{reason}");
                        }
                        (Err(failure), _) => panic!("{value:?}: {failure}"),
                    }
                }
            })*
        };
    }
    variants! {
        [] [];
        [skip] [];
        [] [skip];
        [skip] [skip];
        [skip_serializing] [skip_deserializing];
        [skip_deserializing] [];
        [skip_deserializing] [alias = "x"];
        [alias = "0", alias = "Z"] [skip_deserializing];
        [skip] [alias = "A0", alias = "Z"];
        [rename(serialize = "B0", deserialize = "C0")] [skip_serializing];
        [rename(serialize = "one", deserialize = "two")] [rename(serialize = "two", deserialize = "one")];
    }
}

/// What is none of those that are known becomes this one, but not because one end skips it.
#[test]
fn a_variant_is_never_another() {
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    enum Open {
        #[serde(skip_deserializing)]
        Gone,
        Known,
        #[serde(other)]
        Other,
    }
    assert_eq!(encode(Open::Known).and_then(decode), Ok(Open::Known));
    assert_eq!(encode(Open::Other).and_then(decode), Ok(Open::Other));
    assert!(matches!(encode(Open::Gone).and_then(decode::<Open>), Err(Failure::BadMessage(_))));
}
