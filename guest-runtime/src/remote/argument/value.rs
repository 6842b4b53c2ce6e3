//! Values that move to a job.

use std::borrow::Cow;

use super::transfer::{Sinks, Transfer};
use crate::Failure;
use crate::remote::codec::{self, Reader};
use crate::remote::message::{Message, unless_message};

unless_message! {
    /// A value that can move to another instance: a [`Message`], a [`Sender`](crate::Sender) or a
    /// [`Shared`](crate::Shared).
    ///
    /// [`par_with`](crate::ParallelFn::par_with) takes one. This trait is sealed: only this crate implements it.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    /// use guest_runtime::{ParallelFuture, Value};
    ///
    /// fn size<V: Value + AsRef<[u8]>>(value: V) -> ParallelFuture<'static, usize> {
    ///     (async |value: V| value.as_ref().len()).par_with(value)
    /// }
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!(size("text".to_string()).await, 4);
    ///     assert_eq!(size(vec![1_u8, 2]).await, 2);
    /// });
    /// ```
    ///
    /// ```compile_fail,E0277
    /// # fn can_move<V: guest_runtime::Value>(_: V) {}
    /// can_move(std::rc::Rc::new(7));
    /// ```
    pub trait Value: Transmit {}
}

#[diagnostic::do_not_recommend]
impl<V: Transmit> Value for V {}

unless_message! {
    /// Sends a value to another instance; seals [`Value`].
    #[expect(unnameable_types, reason = "seals `Value`")]
    pub trait Transmit: Sized + 'static {
        /// Whether the caller keeps the value until the job has ended.
        const IS_KEPT: bool = false;

        /// Encodes the value. Flat data is borrowed, not encoded.
        ///
        /// # Errors
        ///
        /// Fails if its `Serialize` does.
        fn encode(&self) -> Result<Cow<'_, [u8]>, Failure>;

        /// Encodes a value that is not needed afterwards.
        ///
        /// # Errors
        ///
        /// Fails if its `Serialize` does.
        fn into_encoded(self) -> Result<Vec<u8>, Failure> {
            Ok(self.encode()?.into_owned())
        }

        /// Appends a sink if the value is a sender.
        fn sinks(&self, sinks: &mut Sinks) {
            let _ = sinks;
        }

        /// Decodes what [`encode`](Self::encode) returned.
        ///
        /// # Errors
        ///
        /// Fails if the message is not one of this type.
        fn decode(message: Cow<'_, [u8]>) -> Result<Self, Failure>;
    }
}

#[diagnostic::do_not_recommend]
impl<T: Message> Transmit for T {
    fn encode(&self) -> Result<Cow<'_, [u8]>, Failure> {
        codec::write(self)
    }

    fn into_encoded(self) -> Result<Vec<u8>, Failure> {
        codec::into_bytes(self)
    }

    fn decode(message: Cow<'_, [u8]>) -> Result<Self, Failure> {
        codec::read(message)
    }
}

/// A value as an argument. No new value is returned for it, so the caller drops it after sending, unless
/// `IS_KEPT` is set.
#[derive(Debug)]
pub struct Moved<T>(Option<T>);

impl<T: Transmit> Moved<T> {
    /// Wraps a value; for the attribute, and for `par_with`.
    #[doc(hidden)]
    pub fn new(value: T) -> Self {
        Self(Some(value))
    }
}

impl<T: Transmit> Transfer for Moved<T> {
    type Lent<'x> = T;
    type Received = Self;
    type Update<'m> = ();

    const HAS_UPDATE: bool = false;
    const IS_KEPT: bool = T::IS_KEPT;

    fn into_local<'x>(mut self) -> T
    where
        Self: 'x,
    {
        Self::lend(&mut self)
    }

    fn encode(&self) -> Result<Cow<'_, [u8]>, Failure> {
        self.0.as_ref().map_or(Ok(Cow::Borrowed(&[])), Transmit::encode)
    }

    fn sinks(&self, sinks: &mut Sinks) {
        self.0.iter().for_each(|value| value.sinks(sinks));
    }

    fn release(&mut self) {
        if !T::IS_KEPT {
            self.0 = None;
        }
    }

    fn decode(message: Cow<'_, [u8]>) -> Result<Self, Failure> {
        T::decode(message).map(Self::new)
    }

    fn lend(received: &mut Self) -> T {
        received.0.take().expect("a value moves once")
    }

    fn encode_update(_received: Self, reply: Vec<u8>) -> Result<Vec<u8>, Failure> {
        Ok(reply)
    }

    fn decode_update(&self, _reply: &mut Reader<'_>) -> Result<(), Failure> {
        Ok(())
    }

    fn apply(&mut self, (): ()) {}
}
