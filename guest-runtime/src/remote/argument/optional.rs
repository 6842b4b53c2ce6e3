//! An argument that may be missing: a byte behind it says whether it is there.

use std::borrow::Cow;

use super::transfer::{Sinks, Transfer};
use crate::Failure;
use crate::remote::codec::Reader;

const MISSING: u8 = 0;
const PRESENT: u8 = 1;

impl<A: Transfer> Transfer for Option<A> {
    type Lent<'x> = Option<A::Lent<'x>>;
    type Received = Option<A::Received>;
    type Update<'m> = Option<A::Update<'m>>;

    const HAS_UPDATE: bool = A::HAS_UPDATE;
    const IS_KEPT: bool = A::IS_KEPT;

    fn into_local<'x>(self) -> Option<A::Lent<'x>>
    where
        Self: 'x,
    {
        self.map(A::into_local)
    }

    fn encode(&self) -> Result<Cow<'_, [u8]>, Failure> {
        let Some(argument) = self else { return Ok(Cow::Borrowed(&[MISSING])) };
        let mut message = argument.encode()?.into_owned();
        message.push(PRESENT);
        Ok(Cow::Owned(message))
    }

    fn sinks(&self, sinks: &mut Sinks) {
        self.iter().for_each(|argument| argument.sinks(sinks));
    }

    fn release(&mut self) {
        self.iter_mut().for_each(A::release);
    }

    fn decode(message: Cow<'_, [u8]>) -> Result<Option<A::Received>, Failure> {
        match message.split_last() {
            Some((&MISSING, [])) => Ok(None),
            Some((&PRESENT, _)) => {
                let mut message = message.into_owned();
                message.pop();
                A::decode(Cow::Owned(message)).map(Some)
            }
            _ => Err(Failure::BadMessage("an argument is neither there nor missing".to_owned())),
        }
    }

    fn lend(received: &mut Option<A::Received>) -> Option<A::Lent<'_>> {
        received.as_mut().map(A::lend)
    }

    fn encode_update(received: Option<A::Received>, reply: Vec<u8>) -> Result<Vec<u8>, Failure> {
        match received {
            Some(received) => A::encode_update(received, reply),
            None => Ok(reply),
        }
    }

    fn decode_update<'m>(&self, reply: &mut Reader<'m>) -> Result<Option<A::Update<'m>>, Failure> {
        self.as_ref().map(|argument| argument.decode_update(reply)).transpose()
    }

    fn apply(&mut self, update: Option<A::Update<'_>>) {
        if let (Some(argument), Some(update)) = (self, update) {
            argument.apply(update);
        }
    }
}
