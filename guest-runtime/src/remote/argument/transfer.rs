//! The steps that send an argument to a job and return its new value.

use std::borrow::Cow;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::Failure;
use crate::host::Turn;
use crate::remote::codec::{self, Reader};

/// The sinks of a job's senders, in the order in which the job numbers its senders.
pub(crate) type Sinks = Vec<Rc<dyn Sink>>;

/// The destination of the items of one sender.
#[expect(unnameable_types, reason = "in a sealed trait")]
pub trait Sink {
    /// Passes an item on. Pending while there is no room. Each item has its own `turn`.
    fn poll_put(&self, item: &[u8], turn: &mut Turn, context: &mut Context<'_>) -> Poll<Result<(), Failure>>;
}

/// Both sides of sending an argument, the caller's and the job's; seals [`Argument`](super::Argument).
#[expect(unnameable_types, reason = "seals `Argument`")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be lent to a job",
    label = "not a borrow",
    note = "`par_on` lends `&T`, `&mut T`, `&[T]`, `&mut [T]`, `&str`, and tuples of them and of numbers, where `T` \
            is a `guest_runtime::Message`; `par_with` moves a value",
    note = "`par!([&a, &mut b, c] async {{ .. }})` does both"
)]
pub trait Transfer: Sized {
    /// The parameter of the function.
    type Lent<'x>;

    /// The owner in the job's instance, from which the parameter is lent.
    type Received;

    /// The decoded new value of a mutable borrow.
    type Update<'m>;

    /// Whether the reply contains a new value for the argument.
    const HAS_UPDATE: bool;

    /// Whether the caller keeps the argument until the job has ended.
    const IS_KEPT: bool = Self::HAS_UPDATE;

    // --- in the caller, before the job ---

    /// Returns the parameter for a function that runs in the caller's instance, without a job.
    fn into_local<'x>(self) -> Self::Lent<'x>
    where
        Self: 'x;

    /// Encodes the argument. Flat data is borrowed, not encoded.
    ///
    /// # Errors
    ///
    /// Fails if its `Serialize` does.
    fn encode(&self) -> Result<Cow<'_, [u8]>, Failure>;

    /// Appends a sink for each sender in the argument.
    fn sinks(&self, sinks: &mut Sinks) {
        let _ = sinks;
    }

    /// Drops what need not be kept after the message was sent.
    fn release(&mut self) {}

    // --- in the job's instance ---

    /// Decodes what [`encode`](Self::encode) returned.
    ///
    /// # Errors
    ///
    /// Fails if the message is not one of this type.
    fn decode(message: Cow<'_, [u8]>) -> Result<Self::Received, Failure>;

    /// Lends the parameter to the function.
    fn lend(received: &mut Self::Received) -> Self::Lent<'_>;

    /// Appends the new value to the reply.
    ///
    /// # Errors
    ///
    /// Fails if its `Serialize` does.
    fn encode_update(received: Self::Received, reply: Vec<u8>) -> Result<Vec<u8>, Failure>;

    // --- in the caller, after the job ---

    /// Decodes the new value, and assigns nothing yet, because decoding another argument of the job may fail.
    ///
    /// # Errors
    ///
    /// Fails if the reply has no value of this type.
    fn decode_update<'m>(&self, reply: &mut Reader<'m>) -> Result<Self::Update<'m>, Failure>;

    /// Assigns the new value.
    fn apply(&mut self, update: Self::Update<'_>);
}

impl Transfer for () {
    type Lent<'x> = ();
    type Received = ();
    type Update<'m> = ();

    const HAS_UPDATE: bool = false;

    fn into_local<'x>(self)
    where
        Self: 'x,
    {
    }

    fn encode(&self) -> Result<Cow<'_, [u8]>, Failure> {
        Ok(Cow::Borrowed(&[]))
    }

    fn decode(_message: Cow<'_, [u8]>) -> Result<(), Failure> {
        Ok(())
    }

    fn lend((): &mut ()) {}

    fn encode_update((): (), reply: Vec<u8>) -> Result<Vec<u8>, Failure> {
        Ok(reply)
    }

    fn decode_update(&self, _reply: &mut Reader<'_>) -> Result<(), Failure> {
        Ok(())
    }

    fn apply(&mut self, (): ()) {}
}

/// Implements [`Transfer`] for a tuple: its message has a part for each element, preceded by its length.
macro_rules! tuple {
    ($($argument:ident $index:tt)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($argument: Transfer),*> Transfer for ($($argument,)*) {
            type Lent<'x> = ($($argument::Lent<'x>,)*);
            type Received = ($($argument::Received,)*);
            type Update<'m> = ($($argument::Update<'m>,)*);

            const HAS_UPDATE: bool = $($argument::HAS_UPDATE ||)* false;
            const IS_KEPT: bool = $($argument::IS_KEPT ||)* false;

            fn into_local<'x>(self) -> Self::Lent<'x>
            where
                Self: 'x,
            {
                ($(self.$index.into_local(),)*)
            }

            fn encode(&self) -> Result<Cow<'_, [u8]>, Failure> {
                let message = Vec::new();
                $(let message = codec::append(&self.$index.encode()?, message)?;)*
                Ok(Cow::Owned(message))
            }

            fn sinks(&self, sinks: &mut Sinks) {
                $(self.$index.sinks(sinks);)*
            }

            fn release(&mut self) {
                $(self.$index.release();)*
            }

            fn decode(message: Cow<'_, [u8]>) -> Result<Self::Received, Failure> {
                let mut reader = Reader::new(&message);
                Ok(($($argument::decode(Cow::Borrowed(reader.part()?))?,)*))
            }

            fn lend(received: &mut Self::Received) -> Self::Lent<'_> {
                ($($argument::lend(&mut received.$index),)*)
            }

            fn encode_update(received: Self::Received, reply: Vec<u8>) -> Result<Vec<u8>, Failure> {
                $(let reply = $argument::encode_update(received.$index, reply)?;)*
                Ok(reply)
            }

            fn decode_update<'m>(&self, reply: &mut Reader<'m>) -> Result<Self::Update<'m>, Failure> {
                Ok(($(self.$index.decode_update(reply)?,)*))
            }

            fn apply(&mut self, update: Self::Update<'_>) {
                $(self.$index.apply(update.$index);)*
            }
        }
    };
}

tuple!(A 0 B 1);
tuple!(A 0 B 1 C 2);
tuple!(A 0 B 1 C 2 D 3);
tuple!(A 0 B 1 C 2 D 3 E 4);
tuple!(A 0 B 1 C 2 D 3 E 4 F 5);
tuple!(A 0 B 1 C 2 D 3 E 4 F 5 G 6);
tuple!(A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7);
