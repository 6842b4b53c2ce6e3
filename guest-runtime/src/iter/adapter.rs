//! Adapters: the steps of a chain between its source and its end, which jobs apply to their pieces.
//!
//! An adapter is a type without size, which makes an iterator of an iterator. A job makes its own and applies
//! the whole chain to its piece of the source, so what is between the source and the end is never sent.

use std::task::{Context, Poll};

use super::closure::captures_nothing;
use super::kind::Kind;
use super::par::Par;
use super::source::{Indexed, ItemOf, Lent, NextPiece, Source};
use crate::remote::conjure;

/// What one method of a chain does.
#[expect(unnameable_types, reason = "only a part of a chain")]
pub trait Adapter<S: Source>: Copy + 'static {
    /// What it yields.
    type Kind: Kind;

    /// The function that it is named after.
    type Named;

    /// Whether it yields one item for each.
    const IS_EXACT: bool = false;

    /// Whether it combines the items of a piece.
    const IS_FOLD: bool = false;

    fn apply<'x>(
        self,
        env: S::Env<'x>,
        items: impl Iterator<Item = ItemOf<'x, S>>,
    ) -> impl Iterator<Item = <Self::Kind as Kind>::Item<'x>>;
}

/// A source and an adapter of its items.
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub struct Chain<S, A> {
    source: S,
    adapter: A,
}

impl<S> Par<S> {
    pub(super) fn adapt<A>(self, adapter: A) -> Par<Chain<S, A>> {
        self.with_source(|source| Chain { source, adapter })
    }
}

impl<S: Source, A: Adapter<S>> Source for Chain<S, A> {
    type Kind = A::Kind;
    type Env<'x> = S::Env<'x>;
    type Arg<'x, Of> = S::Arg<'x, Of>;
    type Piece = S::Piece;
    type Single = S::Single;
    type Named = A::Named;

    const IS_EXACT: bool = S::IS_EXACT && A::IS_EXACT;
    const HAS_FOLD: bool = S::HAS_FOLD || A::IS_FOLD;
    const IS_FILLED: bool = S::IS_FILLED;

    fn poll_single(&mut self, context: &mut Context<'_>) -> Poll<Option<S::Single>> {
        self.source.poll_single(context)
    }

    fn poll_piece(&mut self, most: usize, context: &mut Context<'_>) -> NextPiece<Self> {
        self.source.poll_piece(most, context)
    }

    fn left(&self) -> Option<usize> {
        self.source.left()
    }

    fn bytes_of_item(&self) -> usize {
        self.source.bytes_of_item()
    }

    fn items<'x>(piece: Lent<'x, S::Piece>) -> (Self::Env<'x>, impl Iterator<Item = ItemOf<'x, Self>>) {
        const { captures_nothing::<A>() };
        let (env, items) = S::items(piece);
        (env, conjure::<A>().apply(env, items))
    }

    fn single<'x>(single: Lent<'x, S::Single>) -> (Self::Env<'x>, impl Iterator<Item = ItemOf<'x, Self>>) {
        let (env, items) = S::single(single);
        (env, conjure::<A>().apply(env, items))
    }

    fn arg<'x, Of>(env: Self::Env<'x>, item: Of) -> Self::Arg<'x, Of> {
        S::arg(env, item)
    }
}

/// An adapter that yields one item for each.
#[expect(unnameable_types, reason = "only a part of a chain")]
pub trait Exact {}

#[diagnostic::do_not_recommend]
impl<S: Indexed, A: Adapter<S> + Exact> Indexed for Chain<S, A> {
    fn split_off(&mut self, at: usize) -> Self {
        Self { source: self.source.split_off(at), adapter: self.adapter }
    }
}

/// Defines an adapter: a type without size that contains only functions.
macro_rules! adapter {
    ($(#[$attribute:meta])* $visibility:vis $name:ident<$($parameter:ident),*>($($field:ident: $function:ident),*)) => {
        $(#[$attribute])*
        $visibility struct $name<$($parameter),*>($($function,)* std::marker::PhantomData<fn() -> ($($parameter,)*)>);

        impl<$($parameter),*> $name<$($parameter),*> {
            pub(super) fn new($($field: $function),*) -> Self {
                Self($($field,)* std::marker::PhantomData)
            }
        }

        impl<$($parameter),*> Copy for $name<$($parameter),*> where $($function: Copy),* {}

        impl<$($parameter),*> Clone for $name<$($parameter),*> where $($function: Copy),* {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<$($parameter),*> std::fmt::Debug for $name<$($parameter),*> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}
pub(super) use adapter;
