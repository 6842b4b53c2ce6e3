//! Chunks of a slice as a source: each item is a slice, which is copied at the speed of memcpy if it is flat.

use std::task::{Context, Poll};

use super::super::kind::{Ref, RefMut};
use super::super::par::Par;
use super::traits::{Indexed, Lent, NextPiece, Source, plain_source};
use super::windows::Windows;
use crate::Message;
use crate::remote::Moved;

/// Splits a slice into chunks, as items of a parallel iterator.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let bytes = vec![7_u8; 1 << 20];
///     let sevens = async |chunk: &[u8]| chunk.iter().filter(|&&byte| byte == 7).count();
///     let count = bytes.par_chunks(1 << 16).par_reduce(sevens, async |a, b| a + b);
///     assert_eq!(count.await, Some(1 << 20));
/// });
/// ```
pub trait ParallelSlice<T> {
    /// Returns the slice in chunks of `size` elements each; the last may be shorter.
    ///
    /// The chunks are the items: [`grain`](crate::iter::ForAll::grain) sets how many chunks a job gets.
    ///
    /// # Panics
    ///
    /// If `size` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let numbers = [1_u32, 2, 3, 4, 5];
    ///     let sums = numbers.par_chunks(2).par_map(async |chunk| chunk.iter().sum::<u32>()).await;
    ///     assert_eq!(sums, [3, 7, 5]);
    /// });
    /// ```
    fn par_chunks(&self, size: usize) -> Par<Chunks<'_, T>>
    where
        T: Message;

    /// Returns all slices of `size` elements that follow each other, which overlap.
    ///
    /// # Panics
    ///
    /// If `size` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let rises = [1_u32, 5, 2, 3].par_windows(2).filter(|pair| pair[0] < pair[1]).count();
    ///     assert_eq!(rises.await, 2);
    /// });
    /// ```
    fn par_windows(&self, size: usize) -> Par<Windows<'_, T>>
    where
        T: Message;
}

/// Splits a slice into mutable chunks, as items of a parallel iterator.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let mut pixels = vec![0.5_f32; 1 << 16];
///     let darker = async |row: &mut [f32]| row.iter_mut().for_each(|pixel| *pixel /= 2.0);
///     pixels.par_chunks_mut(1 << 8).par_for_each(darker).await;
///     assert!(pixels.iter().all(|&pixel| pixel == 0.25));
/// });
/// ```
pub trait ParallelSliceMut<T> {
    /// Returns the slice in mutable chunks of `size` elements each; the last may be shorter.
    ///
    /// # Panics
    ///
    /// If `size` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut numbers = [3_u32, 1, 5, 4, 2];
    ///     numbers.par_chunks_mut(3).par_for_each(async |chunk| chunk.sort()).await;
    ///     assert_eq!(numbers, [1, 3, 5, 2, 4]);
    /// });
    /// ```
    fn par_chunks_mut(&mut self, size: usize) -> Par<ChunksMut<'_, T>>
    where
        T: Message;
}

impl<T> ParallelSlice<T> for [T] {
    fn par_chunks(&self, size: usize) -> Par<Chunks<'_, T>>
    where
        T: Message,
    {
        assert!(size > 0, "chunks have to have at least one item");
        Par::new(Chunks { rest: self, size })
    }

    fn par_windows(&self, size: usize) -> Par<Windows<'_, T>>
    where
        T: Message,
    {
        assert!(size > 0, "windows have to have at least one item");
        Par::new(Windows::new(self, size))
    }
}

impl<T> ParallelSliceMut<T> for [T] {
    fn par_chunks_mut(&mut self, size: usize) -> Par<ChunksMut<'_, T>>
    where
        T: Message,
    {
        assert!(size > 0, "chunks have to have at least one item");
        Par::new(ChunksMut { rest: self, size })
    }
}

/// The source of [`par_chunks`](ParallelSlice::par_chunks).
#[expect(unnameable_types, reason = "only a part of a chain")]
#[must_use = "a source does nothing until a method of `ParallelIterator` is called"]
#[derive(Debug)]
pub struct Chunks<'a, T> {
    rest: &'a [T],
    size: usize,
}

/// The source of [`par_chunks_mut`](ParallelSliceMut::par_chunks_mut).
#[expect(unnameable_types, reason = "only a part of a chain")]
#[must_use = "a source does nothing until a method of `ParallelIterator` is called"]
#[derive(Debug)]
pub struct ChunksMut<'a, T> {
    rest: &'a mut [T],
    size: usize,
}

macro_rules! chunks {
    ($name:ident, $kind:ident, ($($mut:tt)?), $split_off:ident, $chunks:ident) => {
        impl<'a, T: Message> Source for $name<'a, T> {
            plain_source!();

            type Kind = $kind<[T]>;
            /// A piece has several chunks, so the job needs to know their size.
            type Piece = (&'a $($mut)? [T], Moved<u32>);
            type Single = &'a $($mut)? [T];

            fn poll_single(&mut self, _: &mut Context<'_>) -> Poll<Option<Self::Single>> {
                let items = self.size.min(self.rest.len());
                Poll::Ready(self.rest.$split_off(..items).filter(|chunk| !chunk.is_empty()))
            }

            fn poll_piece(&mut self, most: usize, _: &mut Context<'_>) -> NextPiece<Self> {
                let items = self.size.saturating_mul(most).min(self.rest.len());
                let piece = self.rest.$split_off(..items).filter(|piece| !piece.is_empty());
                let size = u32::try_from(self.size).unwrap_or(u32::MAX);
                Poll::Ready(piece.map(|piece| ((piece, Moved::new(size)), items.div_ceil(self.size))))
            }

            fn left(&self) -> Option<usize> {
                Some(self.rest.len().div_ceil(self.size))
            }

            fn bytes_of_item(&self) -> usize {
                self.size.saturating_mul(size_of::<T>())
            }

            fn items<'x>(
                (piece, size): Lent<'x, Self::Piece>,
            ) -> ((), impl Iterator<Item = &'x $($mut)? [T]>) {
                ((), piece.$chunks(size as usize))
            }

            fn single<'x>(
                single: Lent<'x, Self::Single>,
            ) -> ((), impl Iterator<Item = &'x $($mut)? [T]>) {
                ((), std::iter::once(single))
            }
        }

        impl<T: Message> Indexed for $name<'_, T> {
            fn split_off(&mut self, at: usize) -> Self {
                let at = self.size.saturating_mul(at);
                Self { rest: self.rest.$split_off(at..).unwrap_or_default(), size: self.size }
            }
        }
    };
}

chunks!(Chunks, Ref, (), split_off, chunks);
chunks!(ChunksMut, RefMut, (mut), split_off_mut, chunks_mut);
