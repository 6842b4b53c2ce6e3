//! Collections of std as sources: borrowed items are gathered for each piece, owned ones are moved.

use std::collections::{
    BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque, binary_heap, btree_map,
    btree_set, hash_map, hash_set, linked_list, vec_deque,
};
use std::marker::PhantomData;
use std::option;
use std::task::{Context, Poll};

use super::super::kind::{Kind, Pair, Ref};
use super::super::par::Par;
use super::bridge::Each;
use super::traits::{IntoSource, ItemOf, Lent, NextPiece, Source, plain_source};
use crate::Message;
use crate::remote::{Entries, Gather, Gathered, Values};

/// What is gathered, and the kind of item that it is in a job.
#[expect(unnameable_types, reason = "only a part of a chain")]
pub trait Borrow: Gather {
    type Kind: Kind;

    fn item<'x>(borrow: Self::Borrow<'x>) -> <Self::Kind as Kind>::Item<'x>;
}

impl<T: Message> Borrow for Values<T> {
    type Kind = Ref<T>;

    fn item<'x>(borrow: Self::Borrow<'x>) -> &'x T {
        borrow
    }
}

impl<K: Message, V: Message> Borrow for Entries<K, V> {
    type Kind = Pair<Ref<K>, Ref<V>>;

    fn item<'x>(borrow: Self::Borrow<'x>) -> (&'x K, &'x V) {
        borrow
    }
}

/// The borrowed items of a collection.
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct Borrows<'a, G, I> {
    items: I,
    borrowed: PhantomData<&'a G>,
}

impl<'a, G: Borrow, I: Iterator<Item = G::Borrow<'a>>> Borrows<'a, G, I> {
    fn new(items: I) -> Self {
        Self { items, borrowed: PhantomData }
    }
}

impl<'a, G: Borrow, I: Iterator<Item = G::Borrow<'a>>> Source for Borrows<'a, G, I> {
    plain_source!();

    type Kind = G::Kind;
    type Piece = Gathered<'a, G>;
    type Single = Gathered<'a, G>;

    fn poll_single(&mut self, context: &mut Context<'_>) -> Poll<Option<Self::Single>> {
        self.poll_piece(1, context).map(|piece| Some(piece?.0))
    }

    fn poll_piece(&mut self, most: usize, _: &mut Context<'_>) -> NextPiece<Self> {
        let piece: Vec<_> = self.items.by_ref().take(most).collect();
        let items = piece.len();
        Poll::Ready((items > 0).then(|| (Gathered::new(piece), items)))
    }

    fn left(&self) -> Option<usize> {
        self.items.size_hint().1
    }

    fn bytes_of_item(&self) -> usize {
        size_of::<G::Owned>()
    }

    fn items<'x>(piece: Lent<'x, Self::Piece>) -> ((), impl Iterator<Item = ItemOf<'x, Self>>) {
        ((), piece.into_iter().map(G::item))
    }

    fn single<'x>(piece: Lent<'x, Self::Piece>) -> ((), impl Iterator<Item = ItemOf<'x, Self>>) {
        Self::items(piece)
    }
}

/// Implements it for collections: by value, and borrowed.
macro_rules! collections {
    ($($of:ty { $($parameter:ident),* $(; $hasher:ident)? } $owned:ty, $borrowed:ident, $gathered:ident;)*) => {
        $(
            impl<$($parameter: Message),* $(, $hasher)?> IntoSource for $of {
                type Source = Each<$owned>;

                fn into_par(self) -> Par<Self::Source> {
                    Par::new(Each::new(self.into_iter()))
                }
            }

            impl<'a, $($parameter: Message),* $(, $hasher)?> IntoSource for &'a $of {
                type Source = Borrows<'a, $gathered<$($parameter),*>, $borrowed::Iter<'a, $($parameter),*>>;

                fn into_par(self) -> Par<Self::Source> {
                    Par::new(Borrows::new(self.iter()))
                }
            }
        )*
    };
}

collections! {
    Option<T> { T } option::IntoIter<T>, option, Values;
    VecDeque<T> { T } vec_deque::IntoIter<T>, vec_deque, Values;
    LinkedList<T> { T } linked_list::IntoIter<T>, linked_list, Values;
    BinaryHeap<T> { T } binary_heap::IntoIter<T>, binary_heap, Values;
    BTreeSet<T> { T } btree_set::IntoIter<T>, btree_set, Values;
    HashSet<T, H> { T; H } hash_set::IntoIter<T>, hash_set, Values;
    BTreeMap<K, V> { K, V } btree_map::IntoIter<K, V>, btree_map, Entries;
    HashMap<K, V, H> { K, V; H } hash_map::IntoIter<K, V>, hash_map, Entries;
}

impl<'a, T: Message> IntoSource for &'a mut VecDeque<T> {
    type Source = &'a mut [T];

    fn into_par(self) -> Par<&'a mut [T]> {
        Par::new(self.make_contiguous())
    }
}
