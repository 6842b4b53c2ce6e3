//! Slices and vectors as sources: their items are encoded in place, or moved.

use std::task::{Context, Poll};
use std::vec;

use super::super::kind::{Owned, Ref, RefMut};
use super::super::par::Par;
use super::traits::{Indexed, IntoSource, Lent, NextPiece, Source, plain_source};
use crate::Message;
use crate::remote::Moved;

impl<'a, T: Message> Source for &'a [T] {
    plain_source!();

    type Kind = Ref<T>;
    type Piece = &'a [T];
    type Single = &'a T;

    fn poll_single(&mut self, _: &mut Context<'_>) -> Poll<Option<&'a T>> {
        Poll::Ready(self.split_off_first())
    }

    fn poll_piece(&mut self, most: usize, _: &mut Context<'_>) -> NextPiece<Self> {
        let most = most.min(self.len());
        Poll::Ready(self.split_off(..most).filter(|piece| !piece.is_empty()).map(|piece| (piece, most)))
    }

    fn left(&self) -> Option<usize> {
        Some(self.len())
    }

    fn bytes_of_item(&self) -> usize {
        size_of::<T>()
    }

    fn items<'x>(piece: Lent<'x, Self::Piece>) -> ((), impl Iterator<Item = &'x T>) {
        ((), piece.iter())
    }

    fn single<'x>(single: Lent<'x, Self::Single>) -> ((), impl Iterator<Item = &'x T>) {
        ((), std::iter::once(single))
    }
}

impl<'a, T: Message> Source for &'a mut [T] {
    plain_source!();

    type Kind = RefMut<T>;
    type Piece = &'a mut [T];
    type Single = &'a mut T;

    fn poll_single(&mut self, _: &mut Context<'_>) -> Poll<Option<&'a mut T>> {
        Poll::Ready(self.split_off_first_mut())
    }

    fn poll_piece(&mut self, most: usize, _: &mut Context<'_>) -> NextPiece<Self> {
        let most = most.min(self.len());
        let piece = self.split_off_mut(..most).filter(|piece| !piece.is_empty());
        Poll::Ready(piece.map(|piece| (piece, most)))
    }

    fn left(&self) -> Option<usize> {
        Some(self.len())
    }

    fn bytes_of_item(&self) -> usize {
        size_of::<T>()
    }

    fn items<'x>(piece: Lent<'x, Self::Piece>) -> ((), impl Iterator<Item = &'x mut T>) {
        ((), piece.iter_mut())
    }

    fn single<'x>(single: Lent<'x, Self::Single>) -> ((), impl Iterator<Item = &'x mut T>) {
        ((), std::iter::once(single))
    }
}

impl<T: Message> Source for vec::IntoIter<T> {
    plain_source!();

    type Kind = Owned<T>;
    type Piece = Moved<Vec<T>>;
    type Single = Moved<T>;

    fn poll_single(&mut self, _: &mut Context<'_>) -> Poll<Option<Moved<T>>> {
        Poll::Ready(self.next().map(Moved::new))
    }

    fn poll_piece(&mut self, most: usize, _: &mut Context<'_>) -> NextPiece<Self> {
        let piece: Vec<T> = self.by_ref().take(most).collect();
        let items = piece.len();
        Poll::Ready((items > 0).then(|| (Moved::new(piece), items)))
    }

    fn left(&self) -> Option<usize> {
        Some(self.len())
    }

    fn bytes_of_item(&self) -> usize {
        size_of::<T>()
    }

    fn items<'x>(piece: Lent<'x, Self::Piece>) -> ((), impl Iterator<Item = T>) {
        ((), piece.into_iter())
    }

    fn single<'x>(single: Lent<'x, Self::Single>) -> ((), impl Iterator<Item = T>) {
        ((), std::iter::once(single))
    }
}

impl<T: Message> Indexed for &[T] {
    fn split_off(&mut self, at: usize) -> Self {
        self.split_off(at..).unwrap_or_default()
    }
}

impl<T: Message> Indexed for &mut [T] {
    fn split_off(&mut self, at: usize) -> Self {
        self.split_off_mut(at..).unwrap_or_default()
    }
}

impl<T: Message> Indexed for vec::IntoIter<T> {
    fn split_off(&mut self, at: usize) -> Self {
        split_off(self, at)
    }
}

/// Returns the items from this one on, and keeps those before. The shorter part is moved.
pub(super) fn split_off<T>(items: &mut vec::IntoIter<T>, at: usize) -> vec::IntoIter<T> {
    if at < items.len() / 2 {
        let head: Vec<T> = items.by_ref().take(at).collect();
        return std::mem::replace(items, head.into_iter());
    }
    let mut head: Vec<T> = std::mem::take(items).collect();
    let tail = if at < head.len() { head.split_off(at) } else { Vec::new() };
    *items = head.into_iter();
    tail.into_iter()
}

#[diagnostic::do_not_recommend]
impl<T: Message> IntoSource for Vec<T> {
    type Source = vec::IntoIter<T>;

    fn into_par(self) -> Par<Self::Source> {
        Par::new(self.into_iter())
    }
}

/// Implements it for borrows of types that are slices.
macro_rules! slices {
    ($($of:ty $(, const $n:ident: usize)?;)*) => {
        $(
            #[diagnostic::do_not_recommend]
            impl<'a, T: Message $(, const $n: usize)?> IntoSource for &'a $of {
                type Source = &'a [T];

                fn into_par(self) -> Par<Self::Source> {
                    Par::new(self)
                }
            }

            #[diagnostic::do_not_recommend]
            impl<'a, T: Message $(, const $n: usize)?> IntoSource for &'a mut $of {
                type Source = &'a mut [T];

                fn into_par(self) -> Par<Self::Source> {
                    Par::new(self)
                }
            }
        )*
    };
}

slices! {
    Vec<T>;
    [T; N], const N: usize;
}
