//! Values to bytes and back; the only file that knows how.
//!
//! Both ends are the same component, so the format is nobody's business and may change with any
//! release: postcard, except that flat data (a `String`, a `Vec` of numbers) is copied as it lies.
//! Through serde it would cross at half a gigabyte per second instead of ten.

mod positional;

use std::borrow::Cow;

use castaway::cast;

use super::message::Message;
use crate::{Failure, flat};

/// The bytes of a value, as they lie if it is flat.
pub(super) fn write<T: Message>(value: &T) -> Result<Cow<'_, [u8]>, Failure> {
    let value = match cast!(value, &String) {
        Ok(text) => return Ok(Cow::Borrowed(text.as_bytes())),
        Err(value) => value,
    };
    match flat::bytes_of_vec(value) {
        Some(bytes) => Ok(Cow::Borrowed(bytes)),
        None => positional::write(value).map(Cow::Owned),
    }
}

/// The bytes of the items of a slice, as [`write()`] writes them of a `Vec`.
pub(super) fn write_slice<T: Message>(items: &[T]) -> Result<Cow<'_, [u8]>, Failure> {
    match flat::bytes(items) {
        Some(bytes) => Ok(Cow::Borrowed(bytes)),
        None => positional::write(items).map(Cow::Owned),
    }
}

/// The same of a value that nobody needs any more: a `Vec<u8>` and a `String` are moved.
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
        Err(message) => whole(&message),
    }
}

/// Appends a part to a message of several, with its length in front.
pub(super) fn append(part: &[u8], message: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let mut message = postcard::to_extend(&part.len(), message).map_err(bad_message)?;
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
        let (length, rest) = postcard::take_from_bytes(self.rest).map_err(bad_message)?;
        self.rest = rest;
        self.take(length)
    }

    /// So many bytes.
    pub(super) fn take(&mut self, length: usize) -> Result<&'m [u8], Failure> {
        let Some((bytes, rest)) = self.rest.split_at_checked(length) else {
            return Err(bad_message(postcard::Error::DeserializeUnexpectedEnd));
        };
        self.rest = rest;
        Ok(bytes)
    }

    /// All that is left.
    pub(super) fn rest(self) -> &'m [u8] {
        self.rest
    }
}

/// Reads a value that is all of these bytes. What is left over shows that they are none of its own.
fn whole<T: Message>(bytes: &[u8]) -> Result<T, Failure> {
    match postcard::take_from_bytes(bytes).map_err(bad_message)? {
        (value, []) => Ok(value),
        (_, rest) => {
            Err(Failure::BadMessage(format!("{} bytes are left over: is a field skipped?", rest.len())))
        }
    }
}

fn bad_message(error: postcard::Error) -> Failure {
    Failure::BadMessage(match error {
        postcard::Error::WontImplement => {
            "it has to say of itself what it is (serde's `untagged`, `tag` or `flatten`, a JSON value), \
             and messages do not"
                .to_owned()
        }
        error => error.to_string(),
    })
}

fn bad_encoding() -> Failure {
    bad_message(postcard::Error::DeserializeBadEncoding)
}

#[cfg(test)]
mod tests;
