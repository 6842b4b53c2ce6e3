//! The five kinds of values, and their cost.

use std::collections::VecDeque;

use indexmap::{IndexMap, IndexSet};

use crate::sorted::Sorted;

/// The overhead of an item: its table entries and the allocator's share.
const OVERHEAD: usize = 64;

/// Returns the cost of an item.
pub(crate) fn cost(bytes: &[u8]) -> usize {
    bytes.len() + OVERHEAD
}

pub(crate) type Text = Vec<u8>;
pub(crate) type List = VecDeque<Text>;
pub(crate) type Set = IndexSet<Text>;
pub(crate) type Hash = IndexMap<Text, Text>;

#[derive(Debug)]
pub(crate) enum Value {
    Text(Text),
    List(List),
    Set(Box<Set>),
    Hash(Box<Hash>),
    Sorted(Box<Sorted>),
}

impl Value {
    pub(crate) fn cost(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::List(list) => list.iter().map(|item| cost(item)).sum(),
            Self::Set(set) => set.iter().map(|member| cost(member)).sum(),
            Self::Hash(hash) => hash.iter().map(|(field, value)| cost(field) + value.len()).sum(),
            Self::Sorted(sorted) => sorted.members().map(cost).sum(),
        }
    }
}

/// The kinds of values, which lets commands request the kind that they operate on.
pub(crate) trait Kind: Default {
    fn wrap(self) -> Value;
    fn of(value: &mut Value) -> Option<&mut Self>;
}

macro_rules! kinds {
    ($($kind:ident: $wrap:expr, $value:ident => $of:expr;)*) => {$(
        impl Kind for $kind {
            fn wrap(self) -> Value {
                Value::$kind($wrap(self))
            }

            fn of(value: &mut Value) -> Option<&mut Self> {
                if let Value::$kind($value) = value { Some($of) } else { None }
            }
        }
    )*};
}

kinds! {
    Text: std::convert::identity, text => text;
    List: std::convert::identity, list => list;
    Set: Box::new, set => &mut **set;
    Hash: Box::new, hash => &mut **hash;
    Sorted: Box::new, sorted => &mut **sorted;
}

/// The key has a value of another kind.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WrongKind;
