//! Ranges of integers as sources: only their bounds are sent.

use std::ops::{Range, RangeInclusive};
use std::task::{Context, Poll};

use super::super::kind::Owned;
use super::super::par::Par;
use super::traits::{Indexed, IntoSource, Lent, NextPiece, Source, plain_source};
use crate::remote::Moved;

/// The source of an inclusive range. One that ends with the last integer of its type has no `Range`.
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct Inclusive<N>(RangeInclusive<N>);

macro_rules! ranges {
    ($($integer:ty)*) => {
        $(
            impl Source for Range<$integer> {
                plain_source!();

                type Kind = Owned<$integer>;
                type Piece = Moved<Self>;
                type Single = Moved<$integer>;

                fn poll_single(&mut self, _: &mut Context<'_>) -> Poll<Option<Moved<$integer>>> {
                    Poll::Ready(self.next().map(Moved::new))
                }

                fn poll_piece(&mut self, most: usize, _: &mut Context<'_>) -> NextPiece<Self> {
                    let items = most.min(self.left().unwrap_or(usize::MAX));
                    if items == 0 {
                        return Poll::Ready(None);
                    }
                    // At most as many as are left, so this cannot overflow; `as` wraps for signed integers.
                    let end = self.start.wrapping_add(items as $integer);
                    let piece = self.start..end;
                    self.start = end;
                    Poll::Ready(Some((Moved::new(piece), items)))
                }

                /// Returns `None` also for more items than `usize` can count.
                fn left(&self) -> Option<usize> {
                    if self.start >= self.end {
                        return Some(0);
                    }
                    usize::try_from(self.end.abs_diff(self.start)).ok()
                }

                fn bytes_of_item(&self) -> usize {
                    0
                }

                fn items<'x>(piece: Lent<'x, Self::Piece>) -> ((), impl Iterator<Item = $integer>) {
                    ((), piece)
                }

                fn single<'x>(single: Lent<'x, Self::Single>) -> ((), impl Iterator<Item = $integer>) {
                    ((), std::iter::once(single))
                }
            }

            impl Indexed for Range<$integer> {
                fn split_off(&mut self, at: usize) -> Self {
                    let at = at.min(self.count_left());
                    let middle = self.start.wrapping_add(at as $integer);
                    let tail = middle..self.end;
                    self.end = middle;
                    tail
                }
            }

            impl IntoSource for RangeInclusive<$integer> {
                type Source = Inclusive<$integer>;

                fn into_par(self) -> Par<Self::Source> {
                    Par::new(Inclusive(self))
                }
            }

            impl Inclusive<$integer> {
                fn empty() -> Self {
                    let mut range = 0..=0;
                    let _only = range.next();
                    Self(range)
                }
            }

            impl Source for Inclusive<$integer> {
                plain_source!();

                type Kind = Owned<$integer>;
                type Piece = Moved<RangeInclusive<$integer>>;
                type Single = Moved<$integer>;

                fn poll_single(&mut self, _: &mut Context<'_>) -> Poll<Option<Moved<$integer>>> {
                    Poll::Ready(self.0.next().map(Moved::new))
                }

                fn poll_piece(&mut self, most: usize, _: &mut Context<'_>) -> NextPiece<Self> {
                    let items = most.min(self.left().unwrap_or(usize::MAX));
                    let start = *self.0.start();
                    let Some(last) = items.checked_sub(1).and_then(|more| self.0.nth(more)) else {
                        return Poll::Ready(None);
                    };
                    Poll::Ready(Some((Moved::new(start..=last), items)))
                }

                fn left(&self) -> Option<usize> {
                    if self.0.is_empty() {
                        return Some(0);
                    }
                    usize::try_from(self.0.end().abs_diff(*self.0.start())).ok()?.checked_add(1)
                }

                fn bytes_of_item(&self) -> usize {
                    0
                }

                fn items<'x>(piece: Lent<'x, Self::Piece>) -> ((), impl Iterator<Item = $integer>) {
                    ((), piece)
                }

                fn single<'x>(single: Lent<'x, Self::Single>) -> ((), impl Iterator<Item = $integer>) {
                    ((), std::iter::once(single))
                }
            }

            impl Indexed for Inclusive<$integer> {
                fn split_off(&mut self, at: usize) -> Self {
                    if at >= self.count_left() {
                        return Self::empty();
                    }
                    let middle = self.0.start().wrapping_add(at as $integer);
                    let tail = Self(middle..=*self.0.end());
                    if at == 0 {
                        return std::mem::replace(self, Self::empty());
                    }
                    self.0 = *self.0.start()..=middle - 1;
                    tail
                }
            }
        )*
    };
}

ranges!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);
