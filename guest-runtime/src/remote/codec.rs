//! Encodes values to bytes, and decodes them.
//!
//! Sender and receiver are the same component, so the format is private and may change with any release. But
//! the `Serialize` and `Deserialize` of a type may disagree. So each value begins with its [class](tag): it
//! arrives as it was written, or the message is an error. Flat data (a `String`, a `Vec` of numbers) is copied
//! as a block at ten gigabytes per second; serde would process it at half a gigabyte per second.

mod encoder;
mod decoder;
mod tag;
mod names;
mod known;
mod disagreement;

use std::borrow::Cow;

use castaway::cast;
use serde::Serialize;

use super::message::Message;
use crate::{Failure, flat};
use disagreement::CUT;

/// Returns the bytes of a value; those of flat data are borrowed, not encoded.
pub(super) fn write<T: Message>(value: &T) -> Result<Cow<'_, [u8]>, Failure> {
    let value = match cast!(value, &String) {
        Ok(text) => return Ok(Cow::Borrowed(text.as_bytes())),
        Err(value) => value,
    };
    match flat::bytes_of_vec(value) {
        Some(bytes) => Ok(Cow::Borrowed(bytes)),
        // A job without a value sends no bytes.
        None if flat::is::<T, ()>() => Ok(Cow::Borrowed(&[])),
        None => encoder::encode(value).map(Cow::Owned),
    }
}

/// Returns the bytes of the items of a slice, as [`write()`] returns those of a `Vec`.
pub(super) fn write_slice<T: Message>(items: &[T]) -> Result<Cow<'_, [u8]>, Failure> {
    match flat::bytes(items) {
        Some(bytes) => Ok(Cow::Borrowed(bytes)),
        None => encoder::encode(items).map(Cow::Owned),
    }
}

/// Returns the bytes of items that are borrowed one by one, for [`read_sequence`].
pub(super) fn write_sequence<B: Serialize>(items: &[B]) -> Result<Vec<u8>, Failure> {
    encoder::encode(items)
}

/// Reads the items that [`write_sequence`] wrote borrows of.
pub(super) fn read_sequence<T: Message>(message: &[u8]) -> Result<Vec<T>, Failure> {
    decoder::decode(message)
}

/// Returns the bytes of a value, and consumes it: a `Vec<u8>` and a `String` are moved, not copied.
pub(super) fn into_bytes<T: Message>(value: T) -> Result<Vec<u8>, Failure> {
    let value = match cast!(value, Vec<u8>) {
        Ok(bytes) => return Ok(bytes),
        Err(value) => value,
    };
    match cast!(value, String) {
        Ok(text) => Ok(text.into_bytes()),
        Err(value) => Ok(write(&value)?.into_owned()),
    }
}

/// Reads what [`write()`] wrote. A `Vec<u8>` and a `String` that are the whole message are moved.
pub(super) fn read<T: Message>(message: Cow<'_, [u8]>) -> Result<T, Failure> {
    if flat::is::<T, String>() {
        let text = String::from_utf8(message.into_owned()).map_err(|_| bad_encoding())?;
        return cast!(text, T).map_err(|_| bad_encoding());
    }
    match flat::read_vec(message) {
        Ok(numbers) => numbers.ok_or_else(bad_encoding),
        Err(message) if flat::is::<T, ()>() => unit(&message),
        Err(message) => decoder::decode(&message),
    }
}

/// Appends a part to a message of several parts: its length, and its bytes.
pub(super) fn append(part: &[u8], mut message: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let length = u32::try_from(part.len()).map_err(|_| bad_message("a part of it is longer than 4 GiB"))?;
    message.extend_from_slice(&length.to_le_bytes());
    message.extend_from_slice(part);
    Ok(message)
}

/// Reads the parts of a message one after the other.
#[expect(unnameable_types, reason = "used only by a sealed trait")]
#[derive(Debug)]
pub struct Reader<'m> {
    rest: &'m [u8],
}

impl<'m> Reader<'m> {
    pub(super) fn new(message: &'m [u8]) -> Self {
        Self { rest: message }
    }

    /// Reads a part that [`append`] wrote.
    pub(super) fn part(&mut self) -> Result<&'m [u8], Failure> {
        let (&length, rest) = self.rest.split_first_chunk().ok_or_else(|| bad_message(CUT))?;
        self.rest = rest;
        self.take(u32::from_le_bytes(length) as usize)
    }

    /// Reads this many bytes.
    pub(super) fn take(&mut self, length: usize) -> Result<&'m [u8], Failure> {
        let Some((bytes, rest)) = self.rest.split_at_checked(length) else {
            return Err(bad_message(CUT));
        };
        self.rest = rest;
        Ok(bytes)
    }

    /// Returns all remaining bytes.
    pub(super) fn rest(self) -> &'m [u8] {
        self.rest
    }
}

/// Decodes a `()`, which has no bytes: a message with bytes is of another type.
fn unit<T: Message>(message: &[u8]) -> Result<T, Failure> {
    if message.is_empty() { cast!((), T).map_err(|()| bad_encoding()) } else { Err(bad_encoding()) }
}

#[cold]
fn bad_message(reason: &str) -> Failure {
    Failure::BadMessage(reason.to_owned())
}

#[cold]
fn bad_encoding() -> Failure {
    bad_message("the message is not of this type")
}

#[cfg(test)]
mod tests;
