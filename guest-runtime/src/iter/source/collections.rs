//! Collections of std as sources: their items are listed when the chain begins, so that they have numbers, and
//! encoded piece by piece.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::fmt;
use std::task::{Context, Poll};
use std::vec;

use super::super::kind::{Kind, Pair, Ref};
use super::super::par::Par;
use super::slices::split_off;
use super::traits::{Indexed, IntoSource, ItemOf, Lent, NextPiece, Source, plain_source};
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
pub struct Borrows<'a, G: Borrow> {
    items: vec::IntoIter<G::Borrow<'a>>,
}

impl<'a, G: Borrow> Borrows<'a, G> {
    fn new(items: impl Iterator<Item = G::Borrow<'a>>) -> Self {
        Self { items: items.collect::<Vec<_>>().into_iter() }
    }
}

impl<'a, G: Borrow> Source for Borrows<'a, G> {
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
        Some(self.items.len())
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

impl<G: Borrow> Indexed for Borrows<'_, G> {
    fn split_off(&mut self, at: usize) -> Self {
        Self { items: split_off(&mut self.items, at) }
    }
}

impl<G: Borrow> fmt::Debug for Borrows<'_, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Borrows").field("left", &self.items.len()).finish()
    }
}

/// Implements it for collections: by value, and borrowed.
macro_rules! collections {
    ($($of:ty { $($parameter:ident),* $(; $hasher:ident)? } $item:ty, $gathered:ident;)*) => {
        $(
            #[diagnostic::do_not_recommend]
            impl<$($parameter: Message),* $(, $hasher)?> IntoSource for $of {
                type Source = vec::IntoIter<$item>;

                fn into_par(self) -> Par<Self::Source> {
                    Par::new(self.into_iter().collect::<Vec<_>>().into_iter())
                }
            }

            #[diagnostic::do_not_recommend]
            impl<'a, $($parameter: Message),* $(, $hasher)?> IntoSource for &'a $of {
                type Source = Borrows<'a, $gathered<$($parameter),*>>;

                fn into_par(self) -> Par<Self::Source> {
                    Par::new(Borrows::new(self.iter()))
                }
            }
        )*
    };
}

collections! {
    Option<T> { T } T, Values;
    VecDeque<T> { T } T, Values;
    LinkedList<T> { T } T, Values;
    BinaryHeap<T> { T } T, Values;
    BTreeSet<T> { T } T, Values;
    HashSet<T, H> { T; H } T, Values;
    BTreeMap<K, V> { K, V } (K, V), Entries;
    HashMap<K, V, H> { K, V; H } (K, V), Entries;
}

#[diagnostic::do_not_recommend]
impl<'a, T: Message> IntoSource for &'a mut VecDeque<T> {
    type Source = &'a mut [T];

    fn into_par(self) -> Par<&'a mut [T]> {
        Par::new(self.make_contiguous())
    }
}
