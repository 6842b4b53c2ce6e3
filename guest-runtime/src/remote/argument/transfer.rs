//! How an argument gets to a job, and how its new value comes back.

use std::borrow::Cow;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::Failure;
use crate::host::Turn;
use crate::remote::codec::{self, Reader};

/// Where the items of a job go, in the order in which the job numbers its senders.
pub(crate) type Sinks = Vec<Rc<dyn Sink>>;

/// Where the items of one sender go.
#[expect(unnameable_types, reason = "in a sealed trait")]
pub trait Sink {
    /// Passes an item on; pending while there is no room. Each item has a turn of its own.
    fn poll_put(&self, item: &[u8], turn: &mut Turn, context: &mut Context<'_>) -> Poll<Result<(), Failure>>;
}

/// The two halves of sending an argument; seals [`Argument`](super::Argument).
#[expect(unnameable_types, reason = "seals `Argument`")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be lent to a job",
    label = "not a borrow",
    note = "`par_on` lends `&T`, `&mut T`, `&[T]`, `&mut [T]`, `&str`, and tuples of them, where `T` is a \
            `guest_runtime::Message`; `par_with` moves a value",
    note = "`par!([&a, &mut b, c] async {{ .. }})` does both"
)]
pub trait Transfer: Sized {
    /// What the function gets.
    type Lent<'x>;

    /// What the job's instance lends it from.
    type Received;

    /// The decoded new value of what was borrowed.
    type Update<'m>;

    /// Whether the reply has a new value of it.
    const HAS_UPDATE: bool;

    /// Whether the caller keeps it until the job has ended.
    const IS_KEPT: bool = Self::HAS_UPDATE;

    // --- the caller's half, before the job ---

    /// Returns what the function gets when it runs as a part of the caller.
    fn into_local<'x>(self) -> Self::Lent<'x>
    where
        Self: 'x;

    /// Encodes it. Flat data is borrowed as it is.
    ///
    /// # Errors
    ///
    /// Fails if its `Serialize` does.
    fn encode(&self) -> Result<Cow<'_, [u8]>, Failure>;

    /// Adds where the items go that the job sends through it.
    fn sinks(&self, sinks: &mut Sinks) {
        let _ = sinks;
    }

    /// Drops what need not be kept, now that the message has been sent.
    fn release(&mut self) {}

    // --- the job's half ---

    /// Decodes what [`encode`](Self::encode) returned.
    ///
    /// # Errors
    ///
    /// Fails if the message is not one of this type.
    fn decode(message: Cow<'_, [u8]>) -> Result<Self::Received, Failure>;

    /// Lends it to the function.
    fn lend(received: &mut Self::Received) -> Self::Lent<'_>;

    /// Appends the new value to the reply.
    ///
    /// # Errors
    ///
    /// Fails if its `Serialize` does.
    fn encode_update(received: Self::Received, reply: Vec<u8>) -> Result<Vec<u8>, Failure>;

    // --- the caller's half, after the job ---

    /// Decodes the new value, and changes nothing yet: another argument of the same job may not decode.
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

/// Implements it for a tuple: a message of several parts, each with its length in front.
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
