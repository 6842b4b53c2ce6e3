//! What a message of a few bytes can make its reader do: calls, room and stack are bounded by its length.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Failure, Message, check, encode, refused};
use crate::remote::codec::decoder::decode;
use crate::remote::codec::tag::{self, LEVELS};

/// The head of a group that says it has so many elements.
fn head(tag: u8, count: u32) -> Vec<u8> {
    [vec![tag], count.to_le_bytes().to_vec()].concat()
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Unit;

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Empty {}

#[test]
fn lists_of_what_has_no_size_survive() {
    check(vec![(); 1000]);
    check(vec![Unit; 1000]);
    check(vec![Empty {}; 1000]);
    check(vec![PhantomData::<u8>; 1000]);
    check(vec![vec![(); 100]; 100]);
    check([(); 32]);
    check(([(); 3], vec![[(); 3]; 3], ()));
    check(BTreeMap::from([((), ())]));
    check(vec![Some(()), None]);
}

#[test]
fn a_length_without_elements_is_an_error() {
    fn refuses<T: DeserializeOwned + fmt::Debug>(message: &[u8]) {
        let reason = refused(decode::<T>(message));
        assert!(reason.contains("more than the message has bytes for"), "{reason}");
    }
    for count in [2, 100, 1 << 20, u32::MAX] {
        // One element is there.
        let list = [head(tag::SEQUENCE, count.saturating_add(10)), vec![tag::UNIT]].concat();
        refuses::<Vec<()>>(&list);
        refuses::<Vec<Unit>>(&list);
        refuses::<Vec<Empty>>(&list);
        refuses::<Vec<PhantomData<u8>>>(&list);
        refuses::<Vec<u64>>(&list);
        refuses::<Vec<Vec<()>>>(&list);
        refuses::<Vec<Vec<()>>>(
            &[head(tag::SEQUENCE, 1), head(tag::SEQUENCE, count.saturating_add(10))].concat(),
        );
        let map = [head(tag::MAP, count.saturating_add(10)), vec![tag::UNIT; 2]].concat();
        refuses::<BTreeMap<(), ()>>(&map);
        refuses::<BTreeMap<u64, Vec<()>>>(&map);
    }
}

thread_local! {
    /// What the types below have counted.
    static COUNTED: Cell<usize> = const { Cell::new(0) };
}

fn count(more: usize) {
    COUNTED.set(COUNTED.get() + more);
}

/// Takes no bytes, so only lengths say how many there are.
#[derive(Debug)]
struct Nothing;

impl<'de> Deserialize<'de> for Nothing {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        count(1);
        Ok(Self)
    }
}

/// Each list may claim the bytes behind it, and all of them claim the same ones.
#[test]
fn elements_that_take_no_bytes_are_as_few_as_the_bytes() {
    let lists = 1000_u32;
    let list = head(tag::SEQUENCE, 5 * lists / 2);
    let message = [head(tag::SEQUENCE, lists), list.repeat(lists as usize)].concat();
    refused(decode::<Vec<Vec<Nothing>>>(&message));
    assert!(COUNTED.get() < message.len(), "{} elements in {} bytes", COUNTED.get(), message.len());

    COUNTED.set(0);
    let tuple = [tag::TUPLE + tag::LONGEST_TUPLE as u8];
    let message = [head(tag::SEQUENCE, lists), tuple.repeat(lists as usize)].concat();
    refused(decode::<Vec<Vec<Nothing>>>(&message));
    assert!(COUNTED.get() < message.len(), "{} elements in {} bytes", COUNTED.get(), message.len());
}

/// Counts the elements that the size hints announce.
#[derive(Debug)]
struct Greedy;

impl<'de> Deserialize<'de> for Greedy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Self)
    }
}

impl<'de> Visitor<'de> for Greedy {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lists")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self, A::Error> {
        count(elements.size_hint().unwrap_or_default());
        while elements.next_element::<Self>()?.is_some() {}
        Ok(self)
    }
}

#[test]
fn lists_within_lists_make_room_once_for_each_byte() {
    let levels = LEVELS - 1;
    let message: Vec<u8> = (0..levels).flat_map(|level| head(tag::SEQUENCE, 5 * (levels - level))).collect();
    refused(decode::<Greedy>(&message));
    assert!(COUNTED.get() <= message.len(), "room for {} in {} bytes", COUNTED.get(), message.len());
}

/// One value within others, in each way in which a type can contain itself.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
enum Tree {
    Leaf,
    Newtype(Box<Tree>),
    Tuple(u8, Box<Tree>),
    Struct { tree: Option<Box<Tree>> },
    List(Vec<Tree>),
    Map(BTreeMap<u8, Tree>),
}

#[test]
fn what_is_nested_too_deep_is_an_error() {
    type Grow = fn(Tree) -> Tree;
    // Each with the number of its levels.
    let ways: [(Grow, u32); 5] = [
        (|tree| Tree::Newtype(Box::new(tree)), 1),
        (|tree| Tree::Tuple(1, Box::new(tree)), 1),
        (|tree| Tree::Struct { tree: Some(Box::new(tree)) }, 2),
        (|tree| Tree::List(vec![tree]), 2),
        (|tree| Tree::Map(BTreeMap::from([(1, tree)])), 2),
    ];
    for (grow, levels) in ways {
        let tree = (0..LEVELS / levels).fold(Tree::Leaf, |tree, _| grow(tree));
        check(tree.clone());
        let reason = refused(encode(grow(tree)).and_then(|message| decode::<Tree>(&message)));
        assert!(reason.contains("nested more than 1000 levels deep"), "{reason}");
        assert!(reason.contains("Tree"), "{reason}");
    }
}

/// Levels are given back: what is beside a deep value may be as deep.
#[test]
fn wide_values_are_not_deep() {
    let deep = (0..LEVELS - 2).fold(Tree::Leaf, |tree, _| Tree::Newtype(Box::new(tree)));
    check(Tree::List(vec![deep.clone(), deep]));
    check(vec![Some(vec![Some(1_u8)]); 5 * LEVELS as usize]);
    check(vec![Tree::List(vec![Tree::Struct { tree: None }]); 5 * LEVELS as usize]);
}

/// The bytes of numbers and of text say how many there are.
#[test]
fn flat_data_is_as_long_as_its_bytes() {
    fn refuses<T: Message + fmt::Debug>(message: &[u8]) {
        assert!(matches!(super::decode::<T>(message.to_vec()), Err(Failure::BadMessage(_))));
    }
    refuses::<Vec<u64>>(&[0; 7]);
    refuses::<Vec<f32>>(&[0xff; 5]);
    refuses::<String>(&[0xff; 3]);
    refuses::<()>(&[tag::UNIT]);
    #[derive(Deserialize, Serialize, Debug)]
    struct Flat {
        #[serde(with = "crate::flat")]
        numbers: Vec<u64>,
    }
    let message = encode(Flat { numbers: vec![7] }).unwrap();
    let length = message.len() - size_of::<u64>() - 4;
    for wrong in [0, 7, 9, 16, u32::MAX] {
        let mut message = message.clone();
        message[length..length + 4].copy_from_slice(&u32::to_le_bytes(wrong));
        if wrong == 0 {
            // A list of none, and bytes that are left over.
            message.truncate(length + 4);
            assert_eq!(super::decode::<Flat>(message).map(|flat| flat.numbers), Ok(vec![]));
        } else {
            refuses::<Flat>(&message);
        }
    }
}
