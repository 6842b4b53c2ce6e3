//! Borrows that are gathered from a collection which is no slice: encoded as a sequence.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;

use super::transfer::Transfer;
use crate::Failure;
use crate::remote::codec::{self, Reader};
use crate::remote::message::Message;

/// What is gathered: borrows of values, or of entries.
#[expect(unnameable_types, reason = "in a sealed trait")]
pub trait Gather: 'static {
    /// What the job decodes.
    type Owned: Message;

    /// A borrow.
    type Borrow<'x>: Serialize;

    fn borrow(owned: &Self::Owned) -> Self::Borrow<'_>;

    /// Returns the same borrow for a shorter time.
    fn shorten<'x, 'a: 'x>(borrow: Self::Borrow<'a>) -> Self::Borrow<'x>;
}

/// Borrows of values.
#[expect(unnameable_types, reason = "in a sealed trait")]
#[derive(Debug)]
pub struct Values<T>(PhantomData<T>);

/// Borrows of the entries of a map.
#[expect(unnameable_types, reason = "in a sealed trait")]
#[derive(Debug)]
pub struct Entries<K, V>(PhantomData<(K, V)>);

impl<T: Message> Gather for Values<T> {
    type Owned = T;
    type Borrow<'x> = &'x T;

    fn borrow(owned: &T) -> &T {
        owned
    }

    fn shorten<'x, 'a: 'x>(borrow: &'a T) -> &'x T {
        borrow
    }
}

impl<K: Message, V: Message> Gather for Entries<K, V> {
    type Owned = (K, V);
    type Borrow<'x> = (&'x K, &'x V);

    fn borrow((key, value): &(K, V)) -> (&K, &V) {
        (key, value)
    }

    fn shorten<'x, 'a: 'x>(borrow: (&'a K, &'a V)) -> (&'x K, &'x V) {
        borrow
    }
}

/// Borrows as an argument.
#[expect(unnameable_types, reason = "in a sealed trait")]
pub struct Gathered<'a, G: Gather>(Vec<G::Borrow<'a>>);

impl<'a, G: Gather> Gathered<'a, G> {
    pub(crate) fn new(borrows: Vec<G::Borrow<'a>>) -> Self {
        Self(borrows)
    }
}

impl<'a, G: Gather> Transfer for Gathered<'a, G> {
    type Lent<'x> = Vec<G::Borrow<'x>>;
    type Received = Vec<G::Owned>;
    type Update<'m> = ();

    const HAS_UPDATE: bool = false;

    fn into_local<'x>(self) -> Self::Lent<'x>
    where
        Self: 'x,
    {
        self.0.into_iter().map(G::shorten).collect()
    }

    fn encode(&self) -> Result<Cow<'_, [u8]>, Failure> {
        codec::write_sequence(&self.0).map(Cow::Owned)
    }

    fn decode(message: Cow<'_, [u8]>) -> Result<Vec<G::Owned>, Failure> {
        codec::read_sequence(&message)
    }

    fn lend(received: &mut Vec<G::Owned>) -> Self::Lent<'_> {
        received.iter().map(G::borrow).collect()
    }

    fn encode_update(_received: Self::Received, reply: Vec<u8>) -> Result<Vec<u8>, Failure> {
        Ok(reply)
    }

    fn decode_update(&self, _reply: &mut Reader<'_>) -> Result<(), Failure> {
        Ok(())
    }

    fn apply(&mut self, (): ()) {}
}

impl<G: Gather> fmt::Debug for Gathered<'_, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gathered").field(&self.0.len()).finish()
    }
}
