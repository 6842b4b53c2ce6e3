//! The owner of a slice in the job's instance, and the new values of its items.
//!
//! Numbers stay in the bytes of the message: the function borrows them there, and the same bytes become
//! the reply. So a slice of numbers is copied only by the host, from instance to instance, and once more
//! into the slice of the caller.

use std::borrow::Cow;

use crate::remote::codec::{self, Reader};
use crate::remote::message::Message;
use crate::{Failure, flat};

/// The items of a slice that is lent to a job.
#[expect(unnameable_types, reason = "in a sealed trait")]
#[derive(Debug)]
pub enum ReceivedItems<T> {
    /// Numbers, as the bytes of the message.
    Bytes(Vec<u8>),
    Items(Vec<T>),
}

impl<T: Message> ReceivedItems<T> {
    pub(super) fn decode(message: Cow<'_, [u8]>) -> Result<Self, Failure> {
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
            Self::Bytes(bytes) => {
                flat::numbers(bytes).expect("the bytes were numbers when they were decoded")
            }
            Self::Items(items) => items,
        }
    }

    pub(super) fn encode_update(self, mut reply: Vec<u8>) -> Result<Vec<u8>, Failure> {
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

/// New values, as many as the slice has items.
#[expect(unnameable_types, reason = "in a sealed trait")]
#[derive(Debug)]
pub enum ItemsUpdate<'m, T> {
    Bytes(&'m [u8]),
    Items(Vec<T>),
}

impl<'m, T: Message> ItemsUpdate<'m, T> {
    pub(super) fn decode(places: usize, reply: &mut Reader<'m>) -> Result<Self, Failure> {
        if flat::is_number::<T>() {
            return reply.take(places * size_of::<T>()).map(Self::Bytes);
        }
        let items: Vec<T> = codec::read(Cow::Borrowed(reply.part()?))?;
        if items.len() == places {
            Ok(Self::Items(items))
        } else {
            Err(Failure::BadMessage(format!("{} items came back for a slice of {places}", items.len())))
        }
    }

    pub(super) fn apply(self, places: &mut [T]) {
        match self {
            Self::Bytes(bytes) => flat::copy(bytes, places),
            Self::Items(items) => places.iter_mut().zip(items).for_each(|(place, item)| *place = item),
        }
    }
}
