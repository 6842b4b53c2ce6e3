//! Slices and vectors as sources: their items are encoded in place, or moved.

use std::task::{Context, Poll};
use std::vec;

use super::traits::{IntoSource, Lent, Source};
use crate::Message;
use crate::remote::Moved;

impl<'a, T: Message> Source for &'a [T] {
    type Item<'x> = &'x T;
    type Piece = &'a [T];
    type Single = &'a T;

    fn poll_single(&mut self, _: &mut Context<'_>) -> Poll<Option<&'a T>> {
        Poll::Ready(self.split_off_first())
    }

    fn poll_piece(&mut self, most: usize, _: &mut Context<'_>) -> Poll<Option<(&'a [T], usize)>> {
        let most = most.min(self.len());
        Poll::Ready(self.split_off(..most).filter(|piece| !piece.is_empty()).map(|piece| (piece, most)))
    }

    fn left(&self) -> Option<usize> {
        Some(self.len())
    }

    fn bytes_of_item(&self) -> usize {
        size_of::<T>()
    }

    fn items<'x>(piece: Lent<'x, Self::Piece>) -> impl Iterator<Item = Self::Item<'x>> {
        piece.iter()
    }

    fn item<'x>(single: Lent<'x, Self::Single>) -> Self::Item<'x> {
        single
    }
}

impl<'a, T: Message> Source for &'a mut [T] {
    type Item<'x> = &'x mut T;
    type Piece = &'a mut [T];
    type Single = &'a mut T;

    fn poll_single(&mut self, _: &mut Context<'_>) -> Poll<Option<&'a mut T>> {
        Poll::Ready(self.split_off_first_mut())
    }

    fn poll_piece(&mut self, most: usize, _: &mut Context<'_>) -> Poll<Option<(&'a mut [T], usize)>> {
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

    fn items<'x>(piece: Lent<'x, Self::Piece>) -> impl Iterator<Item = Self::Item<'x>> {
        piece.iter_mut()
    }

    fn item<'x>(single: Lent<'x, Self::Single>) -> Self::Item<'x> {
        single
    }
}

impl<T: Message> Source for vec::IntoIter<T> {
    type Item<'x> = T;
    type Piece = Moved<Vec<T>>;
    type Single = Moved<T>;

    fn poll_single(&mut self, _: &mut Context<'_>) -> Poll<Option<Moved<T>>> {
        Poll::Ready(self.next().map(Moved::new))
    }

    fn poll_piece(&mut self, most: usize, _: &mut Context<'_>) -> Poll<Option<(Moved<Vec<T>>, usize)>> {
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

    fn items<'x>(piece: Lent<'x, Self::Piece>) -> impl Iterator<Item = Self::Item<'x>> {
        piece.into_iter()
    }

    fn item<'x>(single: Lent<'x, Self::Single>) -> Self::Item<'x> {
        single
    }
}

impl<T: Message> IntoSource for Vec<T> {
    type Source = vec::IntoIter<T>;

    fn into_source(self) -> Self::Source {
        self.into_iter()
    }
}

/// Implements it for borrows of types that are slices.
macro_rules! slices {
    ($($of:ty $(, const $n:ident: usize)?;)*) => {
        $(
            impl<'a, T: Message $(, const $n: usize)?> IntoSource for &'a $of {
                type Source = &'a [T];

                fn into_source(self) -> &'a [T] {
                    self
                }
            }

            impl<'a, T: Message $(, const $n: usize)?> IntoSource for &'a mut $of {
                type Source = &'a mut [T];

                fn into_source(self) -> &'a mut [T] {
                    self
                }
            }
        )*
    };
}

slices! {
    Vec<T>;
    [T; N], const N: usize;
}
