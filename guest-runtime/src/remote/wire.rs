//! Functions that encode and decode messages, for the fuzz target: it cannot use the sealed traits.

use std::borrow::Cow;

use super::argument::{Argument, Transfer, Transmit, Value};
use crate::Failure;

/// Encodes a value.
///
/// # Errors
///
/// Fails if its `Serialize` does.
#[doc(hidden)]
pub fn encode_value<V: Value>(value: &V) -> Result<Cow<'_, [u8]>, Failure> {
    Transmit::encode(value)
}

/// Encodes a value that is not needed afterwards.
///
/// # Errors
///
/// Fails if its `Serialize` does.
#[doc(hidden)]
pub fn into_encoded<V: Value>(value: V) -> Result<Vec<u8>, Failure> {
    Transmit::into_encoded(value)
}

/// Decodes a value.
///
/// # Errors
///
/// Fails if the message is not one of this type.
#[doc(hidden)]
pub fn decode_value<V: Value>(message: Cow<'_, [u8]>) -> Result<V, Failure> {
    Transmit::decode(message)
}

/// Encodes an argument.
///
/// # Errors
///
/// Fails if its `Serialize` does.
#[doc(hidden)]
pub fn encode<A: Argument>(argument: &A) -> Result<Cow<'_, [u8]>, Failure> {
    Transfer::encode(argument)
}

/// Decodes the owner from which an argument is lent.
///
/// # Errors
///
/// Fails if the message is not one of this type.
#[doc(hidden)]
pub fn decode<A: Argument>(message: Cow<'_, [u8]>) -> Result<A::Received, Failure> {
    A::decode(message)
}

/// Lends an argument to a function.
#[doc(hidden)]
pub fn lend<A: Argument>(received: &mut A::Received) -> A::Lent<'_> {
    A::lend(received)
}
