//! The results of one job, in the order of its items.

use std::borrow::Cow;

use crate::Failure;
use crate::remote::{Message, Transmit};

/// Results of a job: a sequence, or a single one as it is, so that a large flat result is not encoded.
#[derive(Debug)]
pub(super) struct Batch<R>(pub(super) Vec<R>);

/// The last byte says which.
const SEVERAL: u8 = 0;
const SINGLE: u8 = 1;

impl<R: Message> Transmit for Batch<R> {
    fn encode(&self) -> Result<Cow<'_, [u8]>, Failure> {
        let (message, tag) = match &self.0[..] {
            [single] => (single.encode()?, SINGLE),
            _ => (self.0.encode()?, SEVERAL),
        };
        let mut message = message.into_owned();
        message.push(tag);
        Ok(Cow::Owned(message))
    }

    fn into_encoded(mut self) -> Result<Vec<u8>, Failure> {
        let (mut message, tag) = match self.0.pop() {
            Some(single) if self.0.is_empty() => (single.into_encoded()?, SINGLE),
            last => {
                self.0.extend(last);
                (self.0.into_encoded()?, SEVERAL)
            }
        };
        message.push(tag);
        Ok(message)
    }

    fn decode(message: Cow<'_, [u8]>) -> Result<Self, Failure> {
        let Some((&tag, length)) = message.split_last().map(|(tag, rest)| (tag, rest.len())) else {
            return Err(Failure::BadMessage("a job did not return how many results it has".to_owned()));
        };
        let message = match message {
            Cow::Owned(mut message) => {
                message.truncate(length);
                Cow::Owned(message)
            }
            Cow::Borrowed(message) => Cow::Borrowed(&message[..length]),
        };
        if tag == SINGLE {
            R::decode(message).map(|single| Self(vec![single]))
        } else {
            Vec::decode(message).map(Self)
        }
    }
}
