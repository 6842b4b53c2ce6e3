//! Values that are arguments as they are, also in a tuple with borrows: numbers, senders and shared values.
//!
//! That cannot be had for all messages: one implementation for every message would overlap with that for borrows.

use std::borrow::Cow;

use super::transfer::{Sinks, Transfer};
use super::value::Transmit;
use crate::Failure;
use crate::remote::codec::Reader;
use crate::remote::message::Message;
use crate::remote::sender::Sender;
use crate::remote::shared::Shared;

/// A number, a `bool` or a `char`.
#[expect(unnameable_types, reason = "`Argument` and `Lend` list their implementations")]
#[diagnostic::on_unimplemented(message = "`{Self}` is neither a borrow nor a number")]
pub trait Plain: Message + Copy {}

/// Implements [`Transfer`] for a type by that of [`Transmit`].
macro_rules! by_value {
    ($of:ty $(, $parameter:ident)?) => {
        impl$(<$parameter: Message>)? Transfer for $of {
            type Lent<'x> = Self;
            type Received = Option<Self>;
            type Update<'m> = ();

            const HAS_UPDATE: bool = false;
            const IS_KEPT: bool = <Self as Transmit>::IS_KEPT;

            fn into_local<'x>(self) -> Self
            where
                Self: 'x,
            {
                self
            }

            fn encode(&self) -> Result<Cow<'_, [u8]>, Failure> {
                Transmit::encode(self)
            }

            fn sinks(&self, sinks: &mut Sinks) {
                Transmit::sinks(self, sinks);
            }

            fn decode(message: Cow<'_, [u8]>) -> Result<Option<Self>, Failure> {
                <Self as Transmit>::decode(message).map(Some)
            }

            fn lend(received: &mut Option<Self>) -> Self {
                received.take().expect("a value moves once")
            }

            fn encode_update(_received: Option<Self>, reply: Vec<u8>) -> Result<Vec<u8>, Failure> {
                Ok(reply)
            }

            fn decode_update(&self, _reply: &mut Reader<'_>) -> Result<(), Failure> {
                Ok(())
            }

            fn apply(&mut self, (): ()) {}
        }
    };
}

macro_rules! plain {
    ($($of:ty)*) => {
        $(
            impl Plain for $of {}
            by_value!($of);
        )*
    };
}

plain!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 bool char);
by_value!(Sender<T>, T);
by_value!(Shared<T>, T);
