//! A source whose chain lends a value to its closures.

use std::task::{Context, Poll};

use super::traits::{Indexed, ItemOf, Lent, NextPiece, Source};
use crate::remote::{Argument, Borrowed, Moved};

/// What [`lending`](crate::iter::ParallelIterator::lending) can lend: a borrow of a message, a slice or a `str`,
/// a number, a `bool` or a `char`, and a tuple of these.
///
/// This trait is sealed: only this crate implements it.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let words = ["one".to_string(), "two".to_string()];
///     let lines = ["one fish", "two fish"].map(String::from);
///     let found = lines.par_iter().lending((&words, 3_usize)).map(|((words, n), line)| line[..n] == words[0]);
///     assert_eq!(found.collect::<Vec<_>>().await, [true, false]);
/// });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be lent to the closures of a parallel iterator",
    label = "is neither a borrow that can cross nor a number",
    note = "`lending` takes `&T` of a message, `&[T]`, `&str`, numbers, and tuples of them; a `Shared` is lent as `&shared`"
)]
pub trait Lend {
    /// The argument that sends it with each job.
    #[doc(hidden)]
    type Argument: Argument;

    /// The lent value, as closures get it.
    #[doc(hidden)]
    type Env<'x>: Copy;

    #[doc(hidden)]
    fn argument(&self) -> Self::Argument;

    #[doc(hidden)]
    fn env<'x>(lent: Lent<'x, Self::Argument>) -> Self::Env<'x>;
}

impl<'c, C: Borrowed + ?Sized> Lend for &'c C {
    type Argument = &'c C;
    type Env<'x> = &'x C;

    fn argument(&self) -> &'c C {
        self
    }

    fn env<'x>(lent: Lent<'x, &'c C>) -> Self::Env<'x> {
        lent
    }
}

macro_rules! lend_values {
    ($($value:ty)*) => {
        $(
            impl Lend for $value {
                type Argument = Moved<$value>;
                type Env<'x> = $value;

                fn argument(&self) -> Moved<$value> {
                    Moved::new(*self)
                }

                fn env<'x>(lent: Lent<'x, Moved<$value>>) -> Self::Env<'x> {
                    lent
                }
            }
        )*
    };
}

lend_values!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 bool char);

macro_rules! lend_tuple {
    ($($part:ident $index:tt)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($part: Lend),*> Lend for ($($part,)*) {
            type Argument = ($($part::Argument,)*);
            type Env<'x> = ($($part::Env<'x>,)*);

            fn argument(&self) -> Self::Argument {
                ($(self.$index.argument(),)*)
            }

            fn env<'x>(lent: Lent<'x, Self::Argument>) -> Self::Env<'x> {
                ($($part::env(lent.$index),)*)
            }
        }
    };
}

lend_tuple!(A 0 B 1);
lend_tuple!(A 0 B 1 C 2);
lend_tuple!(A 0 B 1 C 2 D 3);
lend_tuple!(A 0 B 1 C 2 D 3 E 4);

/// The source of a chain after [`lending`](crate::iter::ParallelIterator::lending): its closures get pairs.
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct Lending<S, L> {
    source: S,
    lent: L,
}

impl<S, L> Lending<S, L> {
    pub(crate) fn new(source: S, lent: L) -> Self {
        Self { source, lent }
    }
}

impl<S: Source, L: Lend> Source for Lending<S, L> {
    type Kind = S::Kind;
    type Env<'x> = L::Env<'x>;
    type Arg<'x, Of> = (L::Env<'x>, Of);
    type Piece = (L::Argument, S::Piece);
    type Single = (L::Argument, S::Single);
    type Named = S::Named;

    const IS_EXACT: bool = S::IS_EXACT;
    const HAS_FOLD: bool = S::HAS_FOLD;
    const IS_FILLED: bool = S::IS_FILLED;

    fn poll_single(&mut self, context: &mut Context<'_>) -> Poll<Option<Self::Single>> {
        self.source.poll_single(context).map(|single| Some((self.lent.argument(), single?)))
    }

    fn poll_piece(&mut self, most: usize, context: &mut Context<'_>) -> NextPiece<Self> {
        self.source.poll_piece(most, context).map(|piece| {
            let (piece, items) = piece?;
            Some(((self.lent.argument(), piece), items))
        })
    }

    fn left(&self) -> Option<usize> {
        self.source.left()
    }

    fn bytes_of_item(&self) -> usize {
        self.source.bytes_of_item()
    }

    fn items<'x>(
        (lent, piece): Lent<'x, Self::Piece>,
    ) -> (Self::Env<'x>, impl Iterator<Item = ItemOf<'x, Self>>) {
        (L::env(lent), S::items(piece).1)
    }

    fn single<'x>(
        (lent, single): Lent<'x, Self::Single>,
    ) -> (Self::Env<'x>, impl Iterator<Item = ItemOf<'x, Self>>) {
        (L::env(lent), S::single(single).1)
    }

    fn arg<'x, Of>(env: Self::Env<'x>, item: Of) -> Self::Arg<'x, Of> {
        (env, item)
    }
}

impl<S: Indexed, L: Lend + Copy> Indexed for Lending<S, L> {
    fn split_off(&mut self, at: usize) -> Self {
        Self { source: self.source.split_off(at), lent: self.lent }
    }
}
