//! Values to bytes and back; the only file that knows how.
//!
//! Both ends are the same component, so the format is private and may change with any release. Two impls
//! of one type may disagree all the same, so each value has its [class](tag) in front: it arrives as it
//! was written, or the message is an error. Flat data (a `String`, a `Vec` of numbers) is copied as a
//! block, because its type is the same at both ends; through serde it would cross at half a gigabyte per
//! second instead of ten.

mod encoder;
mod decoder;
mod tag;
mod names;
mod known;
mod disagreement;

use std::borrow::Cow;

use castaway::cast;

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

/// The bytes of the items of a slice, as [`write()`] writes them of a `Vec`.
pub(super) fn write_slice<T: Message>(items: &[T]) -> Result<Cow<'_, [u8]>, Failure> {
    match flat::bytes(items) {
        Some(bytes) => Ok(Cow::Borrowed(bytes)),
        None => encoder::encode(items).map(Cow::Owned),
    }
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

/// Appends a part to a message of several, with its length in front.
pub(super) fn append(part: &[u8], mut message: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let length = u32::try_from(part.len()).map_err(|_| bad_message("a part of it is longer than 4 GiB"))?;
    message.extend_from_slice(&length.to_le_bytes());
    message.extend_from_slice(part);
    Ok(message)
}

/// Reads, one after the other, the parts of a message.
#[expect(unnameable_types, reason = "in a trait that nobody else implements")]
#[derive(Debug)]
pub struct Reader<'m> {
    rest: &'m [u8],
}

impl<'m> Reader<'m> {
    pub(super) fn new(message: &'m [u8]) -> Self {
        Self { rest: message }
    }

    /// What [`append`] wrote.
    pub(super) fn part(&mut self) -> Result<&'m [u8], Failure> {
        let (&length, rest) = self.rest.split_first_chunk().ok_or_else(|| bad_message(CUT))?;
        self.rest = rest;
        self.take(u32::from_le_bytes(length) as usize)
    }

    /// So many bytes.
    pub(super) fn take(&mut self, length: usize) -> Result<&'m [u8], Failure> {
        let Some((bytes, rest)) = self.rest.split_at_checked(length) else {
            return Err(bad_message(CUT));
        };
        self.rest = rest;
        Ok(bytes)
    }

    /// All that is left.
    pub(super) fn rest(self) -> &'m [u8] {
        self.rest
    }
}

/// Not by its bytes, of which it has none: a message that has some is not the one.
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
