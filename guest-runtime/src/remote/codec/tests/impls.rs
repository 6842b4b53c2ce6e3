//! Impls by hand, and the attributes that have impls by hand behind them, which disagree: the message says
//! of which type, and of which field.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap as _, SerializeSeq as _, SerializeStruct as _, SerializeTuple as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Failure, Message, decode, encode, refused};
use crate::remote::codec::{known, names};

#[track_caller]
fn sent<T: Message>(value: T) -> Result<T, Failure> {
    encode((value, 7_u8)).and_then(decode::<(T, u8)>).map(|(value, _)| value)
}

/// 5 arrived as 10: the one has a sign, the other has none.
#[test]
fn another_integer_is_the_same_number_or_none() {
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Count {
        #[serde(serialize_with = "signed")]
        number: u32,
        next: u8,
    }
    fn signed<S: Serializer>(number: &u32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(i64::from(*number) - 10)
    }
    assert_eq!(sent(Count { number: 15, next: 1 }), Ok(Count { number: 5, next: 1 }));
    let reason = refused(sent(Count { number: 5, next: 1 }));
    assert_eq!(reason, "field `number` of `Count`: invalid value: integer `-5`, expected u32");
}

#[test]
fn another_class_is_refused_at_its_field() {
    #[derive(Serialize, Deserialize, Debug)]
    struct Account {
        id: u32,
        #[serde(serialize_with = "in_words")]
        balance: f64,
        #[serde(deserialize_with = "Deserialize::deserialize")]
        name: String,
    }
    fn in_words<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }
    let reason = refused(sent(Account { id: 1, balance: 2.5, name: "x".into() }));
    assert_eq!(
        reason,
        "field `balance` of `Account`: its `Serialize` writes a string, and its `Deserialize` reads an f64"
    );
}

#[test]
fn types_that_turn_into_others_agree_or_are_refused() {
    #[derive(Serialize, Clone, Debug)]
    struct Into {
        a: u32,
        b: u32,
    }
    #[derive(Deserialize, Debug)]
    struct From {
        b: u32,
        a: u32,
    }
    #[derive(Serialize, Deserialize, Clone, Debug)]
    #[serde(into = "Into", from = "From")]
    struct Turns(u32, u32);
    impl std::convert::From<Turns> for Into {
        fn from(Turns(a, b): Turns) -> Self {
            Self { a, b }
        }
    }
    impl std::convert::From<From> for Turns {
        fn from(From { a, b }: From) -> Self {
            Self(a, b)
        }
    }
    let reason = refused(sent(Turns(1, 2)));
    assert!(
        reason.starts_with("`From`: its `Serialize` writes 2 fields, and its `Deserialize` reads"),
        "{reason}"
    );
}

#[test]
fn a_field_that_is_not_read_is_refused_with_those_that_are() {
    #[derive(Serialize, Deserialize, Debug)]
    struct Secret {
        name: String,
        #[serde(skip_deserializing)]
        hash: String,
        age: u8,
    }
    let reason = refused(sent(Secret { name: "a".into(), hash: "b".into(), age: 1 }));
    assert!(reason.starts_with("`Secret`: its `Serialize` writes 3 fields"), "{reason}");
    assert!(reason.contains("`name`, `age`"), "{reason}");
}

/// Visitors that take as many elements as they please.
#[derive(Debug, PartialEq)]
struct Takes<const WRITTEN: u32, const READ: usize>(Vec<u32>);

impl<const WRITTEN: u32, const READ: usize> Serialize for Takes<WRITTEN, READ> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(0..WRITTEN)
    }
}

impl<'de, const WRITTEN: u32, const READ: usize> Deserialize<'de> for Takes<WRITTEN, READ> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Some<const READ: usize>;
        impl<'de, const READ: usize> Visitor<'de> for Some<READ> {
            type Value = Vec<u32>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("some numbers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Vec<u32>, A::Error> {
                (0..READ).map_while(|_| elements.next_element().transpose()).collect()
            }
        }
        deserializer.deserialize_seq(Some::<READ>).map(Self)
    }
}

#[test]
fn elements_that_are_left_are_an_error() {
    assert_eq!(sent(Takes::<3, 3>(vec![])), Ok(Takes(vec![0, 1, 2])));
    assert_eq!(sent(Takes::<3, 9>(vec![])), Ok(Takes(vec![0, 1, 2])));
    let reason = refused(sent(Takes::<3, 1>(vec![])));
    assert!(reason.ends_with("its `Deserialize` leaves 2 of 3 elements"), "{reason}");
    assert!(reason.contains("Takes"), "{reason}");
}

/// A type with impls that are written out.
macro_rules! by_hand {
    ($name:ident, |$serializer:ident| $write:expr, |$deserializer:ident| $read:expr) => {
        #[derive(Debug, PartialEq)]
        struct $name;

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, $serializer: S) -> Result<S::Ok, S::Error> {
                $write
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>($deserializer: D) -> Result<Self, D::Error> {
                $read
            }
        }
    };
}

#[test]
fn a_value_that_is_not_read_is_an_error() {
    by_hand!(Unread, |serializer| serializer.serialize_u8(1), |_deserializer| Ok(Self));
    let reason = refused(sent(Unread));
    assert!(reason.contains("Unread"), "{reason}");
    // Also where the next is of the same class.
    assert!(encode((Unread, 2_u8, 3_u8)).and_then(decode::<(Unread, u8, u8)>).is_err());
    assert!(encode(vec![Unread, Unread]).and_then(decode::<Vec<Unread>>).is_err());
    assert!(encode(Unread).and_then(decode::<Unread>).is_err());
}

#[test]
fn groups_that_lie_about_their_length_are_right_or_refused() {
    by_hand!(
        Sequence,
        |serializer| {
            let mut sequence = serializer.serialize_seq(Some(usize::MAX >> 33))?;
            sequence.serialize_element(&1_u8)?;
            sequence.end()
        },
        |deserializer| Vec::<u8>::deserialize(deserializer).map(|read| {
            assert_eq!(read, [1]);
            Self
        })
    );
    by_hand!(
        Tuple,
        |serializer| {
            let mut tuple = serializer.serialize_tuple(2)?;
            tuple.serialize_element(&1_u8)?;
            tuple.end()
        },
        |deserializer| <(u8, u8)>::deserialize(deserializer).map(|_| Self)
    );
    by_hand!(
        Map,
        |serializer| {
            let mut map = serializer.serialize_map(None)?;
            map.serialize_key(&1_u8)?;
            map.serialize_key(&2_u8)?;
            map.serialize_value(&3_u8)?;
            map.end()
        },
        |deserializer| BTreeMap::<u8, u8>::deserialize(deserializer).map(|_| Self)
    );
    by_hand!(
        Struct,
        |serializer| {
            let mut fields = serializer.serialize_struct("Struct", 7)?;
            fields.serialize_field("a", &1_u8)?;
            fields.end()
        },
        |deserializer| {
            #[derive(Deserialize)]
            struct Fields {
                a: u8,
            }
            Fields::deserialize(deserializer).map(|fields| {
                assert_eq!(fields.a, 1);
                Self
            })
        }
    );
    assert_eq!(sent(Sequence), Ok(Sequence));
    assert!(refused(sent(Tuple)).contains("announces 2 elements, and writes 1"));
    assert!(refused(sent(Map)).contains("keys and values"));
    assert_eq!(sent(Struct), Ok(Struct));
}

#[test]
fn a_map_is_read_key_by_value() {
    struct Keys;
    impl<'de> Visitor<'de> for Keys {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("keys")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while map.next_key::<u8>()?.is_some() {}
            Ok(())
        }
    }
    by_hand!(OnlyKeys, |serializer| serializer.collect_map([(1_u8, 2_u8)]), |deserializer| deserializer
        .deserialize_map(Keys)
        .map(|()| Self));
    assert!(refused(sent(OnlyKeys)).contains("keys and values"));
}

/// An enum whose identifier knows numbers only, as formats like this one once asked for.
#[test]
fn a_variant_may_be_read_by_its_number() {
    struct Number(u32);
    impl<'de> Deserialize<'de> for Number {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            u32::deserialize(deserializer).map(Self)
        }
    }
    struct Variants;
    impl<'de> Visitor<'de> for Variants {
        type Value = u32;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a variant")
        }

        fn visit_enum<A: serde::de::EnumAccess<'de>>(self, data: A) -> Result<u32, A::Error> {
            let (Number(number), content) = data.variant()?;
            serde::de::VariantAccess::unit_variant(content)?;
            Ok(number)
        }
    }
    by_hand!(ByNumber, |serializer| serializer.serialize_unit_variant("ByNumber", 1, "B"), |deserializer| {
        deserializer.deserialize_enum("ByNumber", &["A", "B"], Variants).map(|number| {
            assert_eq!(number, 1);
            Self
        })
    });
    assert_eq!(sent(ByNumber), Ok(ByNumber));
}

/// There is room for so many; what is found is the same, and nothing is kept for one more.
#[test]
fn more_enums_than_are_known_are_read_by_name() {
    for enums in 0..200 {
        let names: Vec<&'static str> = (0..3).map(|n| &*format!("{enums} {n}").leak()).collect();
        let list: &'static [&'static str] = names.leak();
        for (guess, &name) in (0..).zip(list) {
            for guess in [guess, 0, 255] {
                let found = known::variant(list, |_| true, guess, names::hash(name));
                assert_eq!(found.map(|found| list[found.at]), Some(name));
            }
        }
        assert_eq!(known::variant(list, |_| true, 0, names::hash("none")), None);
    }
}

/// A name may have any length, and two that differ in one byte differ.
#[test]
fn names_differ_from_each_other() {
    let mut all = vec![String::new()];
    for length in 1..40 {
        for (at, byte) in (0..length).flat_map(|at| [(at, 'b'), (at, 'c')]) {
            all.push((0..length).map(|n| if n == at { byte } else { 'a' }).collect());
        }
        all.push("a".repeat(length));
    }
    let hashes: BTreeSet<u32> = all.iter().map(|name| names::hash(name)).collect();
    assert_eq!(hashes.len(), all.len());
    assert_ne!(names::Names::of(&["a", "b"]).hash(), names::Names::of(&["b", "a"]).hash());
}

#[test]
fn what_has_to_see_what_it_reads_is_refused_in_words() {
    #[derive(Serialize, Deserialize, Debug)]
    #[serde(untagged)]
    enum Id {
        Number(u64),
        Name(String),
    }
    #[derive(Serialize, Deserialize, Debug)]
    #[serde(tag = "type")]
    enum Tagged {
        A { x: u8 },
    }
    #[derive(Serialize, Deserialize, Debug)]
    struct Flattened {
        #[serde(flatten)]
        rest: BTreeMap<String, u8>,
        x: u8,
    }
    by_hand!(Ignored, |serializer| serializer.serialize_u8(1), |deserializer| {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    });
    let reasons = [
        refused(sent(Id::Number(1))),
        refused(sent(Id::Name("x".into()))),
        refused(sent(Tagged::A { x: 1 })),
        refused(sent(Flattened { rest: BTreeMap::new(), x: 1 })),
        refused(sent(Ignored)),
    ];
    for reason in reasons {
        assert!(reason.contains("needs a self-describing format (serde's `untagged`"), "{reason}");
    }
}

/// Numbers of another size in a run of bytes would be other numbers.
#[test]
fn flat_numbers_are_of_their_type() {
    struct Flat<W, R>(Vec<W>, PhantomData<R>);
    impl<W: crate::flat::Number, R> Serialize for Flat<W, R> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            crate::flat::serialize(&self.0, serializer)
        }
    }
    impl<'de, W, R: crate::flat::Number> Deserialize<'de> for Flat<W, R> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            crate::flat::deserialize::<R, D>(deserializer).map(|_| Self(Vec::new(), PhantomData))
        }
    }
    assert!(sent(Flat::<u32, u32>(vec![1, 2], PhantomData)).is_ok());
    let reason = sent(Flat::<u32, u64>(vec![1, 2], PhantomData)).map(|_| ()).unwrap_err().to_string();
    assert!(reason.contains("\"u32\", expected numbers of the type u64"), "{reason}");
    assert!(sent(Flat::<u32, f32>(vec![1, 2], PhantomData)).is_err());
}
