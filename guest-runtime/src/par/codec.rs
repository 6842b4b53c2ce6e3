//! Values to bytes and back; the only file that knows how.
//!
//! Both ends are the same component, so the format is nobody's business and may change with any
//! release: postcard, except that flat data (a `String`, a `Vec` of numbers) is copied as it lies.
//! Through serde it would cross at half a gigabyte per second instead of ten.

mod positional;

use std::any::Any;

use crate::Failure;
use crate::flat::{self, sealed::Number};

use super::arguments::Message;

/// Writes a value that is a message of its own. A `Vec<u8>` and a `String` are moved.
pub(super) fn encode<T: Message>(value: T) -> Result<Vec<u8>, Failure> {
    let mut value = Some(value);
    let slot: &mut dyn Any = &mut value;
    if let Some(bytes) = slot.downcast_mut::<Option<Vec<u8>>>() {
        return Ok(bytes.take().unwrap_or_default());
    }
    if let Some(text) = slot.downcast_mut::<Option<String>>() {
        return Ok(text.take().unwrap_or_default().into_bytes());
    }
    let Some(value) = value else { return Ok(Vec::new()) };
    match as_flat(&value) {
        Some(bytes) => Ok(bytes.to_vec()),
        None => positional::write(&value),
    }
}

/// Reads what [`encode`] wrote.
pub(super) fn decode<T: Message>(message: Vec<u8>) -> Result<T, Failure> {
    let mut message = Some(message);
    let slot: &mut dyn Any = &mut message;
    if let Some(bytes) = slot.downcast_mut::<Option<T>>().and_then(Option::take) {
        return Ok(bytes);
    }
    let message = message.unwrap_or_default();
    match from_flat(&message) {
        Some(value) => value,
        None => whole(&message),
    }
}

/// Appends a value to a message of several, with its length in front.
pub(super) fn write<T: Message>(value: &T, message: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let written;
    let bytes = match as_flat(value) {
        Some(bytes) => bytes,
        None => {
            written = positional::write(value)?;
            &written
        }
    };
    let mut message = postcard::to_extend(&bytes.len(), message).map_err(bad_message)?;
    message.extend_from_slice(bytes);
    Ok(message)
}

/// Reads, one after the other, what [`write()`] wrote.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    pub(super) fn read<T: Message>(&mut self) -> Result<T, Failure> {
        let (length, rest) = postcard::take_from_bytes(self.rest).map_err(bad_message)?;
        let Some((bytes, rest)) = rest.split_at_checked(length) else {
            return Err(bad_message(postcard::Error::DeserializeUnexpectedEnd));
        };
        self.rest = rest;
        from_flat(bytes).unwrap_or_else(|| whole(bytes))
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

/// Calls a macro with every number that a flat `Vec` may be of.
macro_rules! with_numbers {
    ($go:ident) => {
        $go!(u8, u16, u32, u64, i8, i16, i32, i64, f32, f64)
    };
}

/// The bytes of flat data. The compiler knows `T` and leaves one of the cases, or none.
fn as_flat<T: 'static>(value: &T) -> Option<&[u8]> {
    fn bytes<N: Number>(value: &dyn Any) -> Option<&[u8]> {
        value.downcast_ref::<Vec<N>>().map(|numbers| bytemuck::cast_slice(numbers))
    }
    let value: &dyn Any = value;
    macro_rules! first {
        ($($number:ty),*) => { None$(.or_else(|| bytes::<$number>(value)))* };
    }
    let text = value.downcast_ref::<String>().map(String::as_bytes);
    text.or_else(|| with_numbers!(first))
}

/// The flat data that these bytes are; `None` if `T` is not flat.
fn from_flat<T: 'static>(bytes: &[u8]) -> Option<Result<T, Failure>> {
    let mut value: Option<T> = None;
    let slot: &mut dyn Any = &mut value;
    macro_rules! fill {
        ($($number:ty),*) => {
            $(if let Some(slot) = slot.downcast_mut::<Option<Vec<$number>>>() {
                *slot = flat::from_bytes(bytes);
            } else)* if let Some(slot) = slot.downcast_mut::<Option<String>>() {
                *slot = String::from_utf8(bytes.to_vec()).ok();
            } else {
                return None;
            }
        };
    }
    with_numbers!(fill);
    Some(value.ok_or_else(|| bad_message(postcard::Error::DeserializeBadEncoding)))
}

#[cfg(test)]
mod tests;
