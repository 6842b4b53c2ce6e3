//! The owner of a slice on the far side, and what comes back of it.
//!
//! Numbers are left in the bytes of the message: the function borrows them there, and what comes
//! back are the same bytes again. So a slice of numbers is copied by the host only, from instance to
//! instance, and once more into its place.

use std::borrow::Cow;

use crate::remote::codec::{self, Reader};
use crate::{Failure, Message, flat};

/// The items of a slice that was lent.
#[expect(unnameable_types, reason = "in a trait that nobody else implements")]
#[derive(Debug)]
pub enum Items<T> {
    /// Numbers, where they lie in the message.
    Bytes(Vec<u8>),
    Items(Vec<T>),
}

impl<T: Message> Items<T> {
    pub(super) fn read(message: Cow<'_, [u8]>) -> Result<Self, Failure> {
        let message = match message {
            Cow::Owned(mut bytes) => {
                if flat::numbers::<T>(&mut bytes).is_some() {
                    return Ok(Self::Bytes(bytes));
                }
                Cow::Owned(bytes)
            }
            part => part,
        };
        codec::read(message).map(Self::Items)
    }

    pub(super) fn lend(&mut self) -> &mut [T] {
        match self {
            Self::Bytes(bytes) => flat::numbers(bytes).expect("they were numbers when they came"),
            Self::Items(items) => items,
        }
    }

    pub(super) fn give_back(self, mut reply: Vec<u8>) -> Result<Vec<u8>, Failure> {
        match self {
            // The message becomes the reply.
            Self::Bytes(bytes) if reply.is_empty() => return Ok(bytes),
            Self::Bytes(bytes) => reply.extend_from_slice(&bytes),
            Self::Items(items) => match flat::bytes(&items) {
                Some(bytes) => reply.extend_from_slice(bytes),
                None => return codec::append(&codec::write_slice(&items)?, reply),
            },
        }
        Ok(reply)
    }
}

/// As many new items as there are places.
#[expect(unnameable_types, reason = "in a trait that nobody else implements")]
#[derive(Debug)]
pub enum NewItems<'m, T> {
    Bytes(&'m [u8]),
    Items(Vec<T>),
}

impl<'m, T: Message> NewItems<'m, T> {
    pub(super) fn check(places: usize, reply: &mut Reader<'m>) -> Result<Self, Failure> {
        if flat::is_number::<T>() {
            return reply.take(places * size_of::<T>()).map(Self::Bytes);
        }
        let items: Vec<T> = codec::read(Cow::Borrowed(reply.part()?))?;
        if items.len() == places {
            Ok(Self::Items(items))
        } else {
            Err(Failure::BadMessage(format!("{} items came back for {places} places", items.len())))
        }
    }

    pub(super) fn put(self, places: &mut [T]) {
        match self {
            Self::Bytes(bytes) => flat::copy(bytes, places),
            Self::Items(items) => places.iter_mut().zip(items).for_each(|(place, item)| *place = item),
        }
    }
}
