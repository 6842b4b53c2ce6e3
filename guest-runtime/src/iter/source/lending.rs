//! A source whose chain lends a value to its closures.

use std::marker::PhantomData;
use std::task::{Context, Poll};

use super::traits::{Indexed, ItemOf, Lent, NextPiece, Source};
use crate::remote::{Argument, Borrowed, Moved, Plain};

/// What [`lending`](crate::iter::ParallelIterator::lending) can lend: a borrow of a message, a slice or a `str`,
/// a number, a `bool` or a `char`, and a tuple of up to eight of these.
///
/// The parameter says how it is lent, and is inferred. This trait is sealed: only this crate implements it.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let words = ["one".to_string(), "two".to_string()];
///     let lines = ["one fish", "two fish"].map(String::from);
///     let found = lines.par_iter().lending((&words, 3)).map(|((words, n), line)| line[..n] == words[0]);
///     assert_eq!(found.collect::<Vec<_>>().await, [true, false]);
/// });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be lent to the closures of a parallel iterator",
    label = "is neither a borrow that can cross nor a number",
    note = "`lending` takes `&T` of a message, `&[T]`, `&str`, numbers, and tuples of them; a `Shared` is lent as `&shared`"
)]
pub trait Lend<How> {
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

/// How a borrow is lent.
#[expect(unnameable_types, reason = "a parameter that is inferred")]
#[derive(Debug)]
pub enum Borrowing {}

/// How a number is lent: each job gets a copy.
#[expect(unnameable_types, reason = "a parameter that is inferred")]
#[derive(Debug)]
pub enum Copying {}

impl<'c, C: Borrowed + ?Sized> Lend<Borrowing> for &'c C {
    type Argument = &'c C;
    type Env<'x> = &'x C;

    fn argument(&self) -> &'c C {
        self
    }

    fn env<'x>(lent: Lent<'x, &'c C>) -> Self::Env<'x> {
        lent
    }
}

/// A single implementation for all of them, so that the type of a literal is inferred from its use in the closures.
#[diagnostic::do_not_recommend]
impl<V: Plain> Lend<Copying> for V {
    type Argument = Moved<V>;
    type Env<'x> = V;

    fn argument(&self) -> Moved<V> {
        Moved::new(*self)
    }

    fn env<'x>(lent: Lent<'x, Moved<V>>) -> Self::Env<'x> {
        lent
    }
}

macro_rules! lend_tuple {
    ($($part:ident $how:ident $index:tt)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($part: Lend<$how>, $how),*> Lend<($($how,)*)> for ($($part,)*) {
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

lend_tuple!(A HA 0 B HB 1);
lend_tuple!(A HA 0 B HB 1 C HC 2);
lend_tuple!(A HA 0 B HB 1 C HC 2 D HD 3);
lend_tuple!(A HA 0 B HB 1 C HC 2 D HD 3 E HE 4);
lend_tuple!(A HA 0 B HB 1 C HC 2 D HD 3 E HE 4 F HF 5);
lend_tuple!(A HA 0 B HB 1 C HC 2 D HD 3 E HE 4 F HF 5 G HG 6);
lend_tuple!(A HA 0 B HB 1 C HC 2 D HD 3 E HE 4 F HF 5 G HG 6 H HH 7);

/// The source of a chain after [`lending`](crate::iter::ParallelIterator::lending): its closures get pairs.
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct Lending<S, L, How> {
    source: S,
    lent: L,
    how: PhantomData<How>,
}

impl<S, L, How> Lending<S, L, How> {
    pub(crate) fn new(source: S, lent: L) -> Self {
        Self { source, lent, how: PhantomData }
    }
}

impl<S: Source, L: Lend<How>, How> Source for Lending<S, L, How> {
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

impl<S: Indexed, L: Lend<How> + Copy, How> Indexed for Lending<S, L, How> {
    fn split_off(&mut self, at: usize) -> Self {
        Self { source: self.source.split_off(at), lent: self.lent, how: PhantomData }
    }
}
