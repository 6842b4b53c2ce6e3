//! Which types have the methods of parallel iterators.
//!
//! The compiler looks for methods by the traits of a type alone, so these do not depend on the items. The methods
//! require that the items can be sent: an item that cannot is then an error about that item, and not one about
//! a method that does not exist.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::ops::{Range, RangeInclusive};
use std::vec;

use super::super::par::Par;

/// A type that is an [`IntoSource`](crate::iter::IntoSource) if its items are messages.
#[expect(unnameable_types, reason = "`IntoSource` lists its implementations")]
pub trait Iterable {}

macro_rules! iterable {
    ($($of:ty { $($parameter:ident),* $(; $count:ident)? })*) => {
        $(impl<$($parameter,)* $(const $count: usize)?> Iterable for $of {})*
    };
}

iterable! {
    Range<N> { N }
    RangeInclusive<N> { N }
    vec::IntoIter<T> { T }
    Par<S> { S }
    &[T] { T }
    &mut [T] { T }
    &[T; N] { T; N }
    &mut [T; N] { T; N }
    Vec<T> { T }
    &Vec<T> { T }
    &mut Vec<T> { T }
    Option<T> { T }
    &Option<T> { T }
    VecDeque<T> { T }
    &VecDeque<T> { T }
    &mut VecDeque<T> { T }
    LinkedList<T> { T }
    &LinkedList<T> { T }
    BinaryHeap<T> { T }
    &BinaryHeap<T> { T }
    BTreeSet<T> { T }
    &BTreeSet<T> { T }
    HashSet<T, H> { T, H }
    &HashSet<T, H> { T, H }
    BTreeMap<K, V> { K, V }
    &BTreeMap<K, V> { K, V }
    HashMap<K, V, H> { K, V, H }
    &HashMap<K, V, H> { K, V, H }
}

/// A text is no source. It has the methods for the sake of their error, which names those of texts.
impl Iterable for &str {}
impl Iterable for &String {}
