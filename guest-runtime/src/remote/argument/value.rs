//! Values that move to the far side.

use std::borrow::Cow;

use super::{Argument, Sinks};
use crate::remote::codec::{self, Reader};
use crate::{Failure, Message};

/// What can move to another instance: a [`Message`].
///
/// # Examples
///
/// ```
/// fn can_move<V: guest_runtime::Value>(_: V) {}
///
/// can_move(vec![1_u8]);
/// can_move((7_u64, "text".to_string()));
/// ```
///
/// ```compile_fail,E0277
/// # fn can_move<V: guest_runtime::Value>(_: V) {}
/// can_move(std::rc::Rc::new(7));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross to another instance",
    label = "is not a message",
    note = "arguments and results of parallel work are owned values with `serde::Serialize` and \
            `serde::Deserialize`; derive both for a type of your own",
    note = "a type parameter needs `T: guest_runtime::Message`",
    note = "what points into this instance (`Rc`, files, sockets) has to be made on the far side; a borrow can \
            be an argument `&T` or `&mut T` of a `#[parallel]` function, or go along with `par_on`"
)]
pub trait Value: Sized + 'static {
    /// Whether it has to stay here until the job has ended.
    #[doc(hidden)]
    const STAYS: bool = false;

    /// The bytes to send.
    #[doc(hidden)]
    fn message(&self) -> Result<Cow<'_, [u8]>, Failure>;

    /// The same, of a value that nobody needs any more.
    #[doc(hidden)]
    fn into_message(self) -> Result<Vec<u8>, Failure> {
        Ok(self.message()?.into_owned())
    }

    /// Where the items go that the job sends through it.
    #[doc(hidden)]
    fn sinks(&self, sinks: &mut Sinks) {
        let _ = sinks;
    }

    /// Reads them on the far side.
    #[doc(hidden)]
    fn read(message: Cow<'_, [u8]>) -> Result<Self, Failure>;
}

#[diagnostic::do_not_recommend]
impl<T: Message> Value for T {
    fn message(&self) -> Result<Cow<'_, [u8]>, Failure> {
        codec::write(self)
    }

    fn into_message(self) -> Result<Vec<u8>, Failure> {
        codec::into_bytes(self)
    }

    fn read(message: Cow<'_, [u8]>) -> Result<Self, Failure> {
        codec::read(message)
    }
}

/// A value as an argument. Nothing of it comes back, so it is dropped when it has been sent, unless it
/// says otherwise.
#[derive(Debug)]
pub struct Moved<T>(Option<T>);

impl<T: Value> Moved<T> {
    /// For the attribute, and for `par_with`.
    #[doc(hidden)]
    pub fn new(value: T) -> Self {
        Self(Some(value))
    }
}

impl<T: Value> Argument for Moved<T> {
    type Lent<'x> = T;
    type Far = Self;
    type New<'m> = ();

    const COMES_BACK: bool = false;
    const STAYS: bool = T::STAYS;

    fn into_local<'x>(mut self) -> T
    where
        Self: 'x,
    {
        Self::lend(&mut self)
    }

    fn message(&self) -> Result<Cow<'_, [u8]>, Failure> {
        self.0.as_ref().map_or(Ok(Cow::Borrowed(&[])), Value::message)
    }

    fn sinks(&self, sinks: &mut Sinks) {
        self.0.iter().for_each(|value| value.sinks(sinks));
    }

    fn sent(&mut self) {
        if !T::STAYS {
            self.0 = None;
        }
    }

    fn read(message: Cow<'_, [u8]>) -> Result<Self, Failure> {
        T::read(message).map(Self::new)
    }

    fn lend(far: &mut Self) -> T {
        far.0.take().expect("a value moves once")
    }

    fn give_back(_far: Self, reply: Vec<u8>) -> Result<Vec<u8>, Failure> {
        Ok(reply)
    }

    fn check(&self, _reply: &mut Reader<'_>) -> Result<(), Failure> {
        Ok(())
    }

    fn put(&mut self, (): ()) {}
}
