//! What a job is called with: values that move there, and borrows that come back.
//!
//! An argument has two sides. Here it is written down, and where it is a mutable borrow, its new
//! value is put in its place when the job has ended well. On the far side it is read into an owner,
//! from which the function borrows the same type that it would borrow here.

mod borrowed;
mod items;
mod value;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::rc::Rc;
use std::task::{Context, Poll};

pub(crate) use borrowed::Borrowed;
pub(crate) use borrowed::BorrowedMut;
pub use value::{Moved, Value};

use crate::Failure;
use crate::host::Turn;
use crate::remote::codec::{self, Reader};

/// Where the items of a job go, in the order in which it numbers them.
pub(crate) type Sinks = Vec<Rc<dyn Sink>>;

/// Where the items of one sender go.
#[expect(unnameable_types, reason = "in a trait that nobody else implements")]
pub trait Sink {
    /// Puts one there; pending while there is no room. Each item has its own turn.
    fn poll_put(&self, item: &[u8], turn: &mut Turn, context: &mut Context<'_>) -> Poll<Result<(), Failure>>;
}

/// What [`par_on`](crate::ParallelFn::par_on) and a [`#[parallel]`](macro@crate::parallel) function
/// take along: borrows, and tuples of them.
///
/// `&T`, `&mut T` of a [`Message`](crate::Message), `&[T]`, `&mut [T]`, and `&str`. The bytes are
/// written from where the value lies, and lent as the same type on the far side. The new value of a
/// mutable borrow comes back with the result; if there is no result, the place stays as it was.
///
/// Its items are how this crate does that, and not for anybody else.
///
/// # Examples
///
/// ```
/// fn can_go_along<A: guest_runtime::Argument>(_: A) {}
///
/// can_go_along("text");
/// can_go_along(&mut [1_u32, 2][..]);
/// can_go_along((&7_u8, &mut String::new()));
/// ```
///
/// ```compile_fail,E0277
/// # fn can_go_along<A: guest_runtime::Argument>(_: A) {}
/// can_go_along(&std::rc::Rc::new(7));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot go along to another instance",
    label = "is no borrow that can cross",
    note = "`par_on` takes `&T`, `&mut T`, `&[T]`, `&mut [T]`, `&str`, and tuples of them, where `T` is a `Message`",
    note = "an owned value goes with `par_with`"
)]
pub trait Argument: Sized {
    /// What the function gets, on either side.
    type Lent<'x>;

    /// What it is lent from on the far side.
    #[doc(hidden)]
    type Far;

    /// What comes back of it.
    #[doc(hidden)]
    type New<'m>;

    /// Whether anything comes back of it.
    #[doc(hidden)]
    const COMES_BACK: bool;

    /// Whether it has to stay here until the job has ended.
    #[doc(hidden)]
    const STAYS: bool = Self::COMES_BACK;

    /// What the function gets if it runs here.
    #[doc(hidden)]
    fn into_local<'x>(self) -> Self::Lent<'x>
    where
        Self: 'x;

    /// The bytes to send, as they lie if they lie so.
    #[doc(hidden)]
    fn message(&self) -> Result<Cow<'_, [u8]>, Failure>;

    /// Where the items go that the job sends.
    #[doc(hidden)]
    fn sinks(&self, sinks: &mut Sinks) {
        let _ = sinks;
    }

    /// It has been sent. What need not stay can go.
    #[doc(hidden)]
    fn sent(&mut self) {}

    /// On the far side: reads what [`message`](Self::message) wrote.
    #[doc(hidden)]
    fn read(message: Cow<'_, [u8]>) -> Result<Self::Far, Failure>;

    /// On the far side: what the function gets.
    #[doc(hidden)]
    fn lend(far: &mut Self::Far) -> Self::Lent<'_>;

    /// On the far side: appends what comes back.
    #[doc(hidden)]
    fn give_back(far: Self::Far, reply: Vec<u8>) -> Result<Vec<u8>, Failure>;

    /// Reads what comes back, and leaves everything as it is.
    #[doc(hidden)]
    fn check<'m>(&self, reply: &mut Reader<'m>) -> Result<Self::New<'m>, Failure>;

    /// Puts it in its place.
    #[doc(hidden)]
    fn put(&mut self, new: Self::New<'_>);
}

impl Argument for () {
    type Lent<'x> = ();
    type Far = ();
    type New<'m> = ();

    const COMES_BACK: bool = false;

    fn into_local<'x>(self)
    where
        Self: 'x,
    {
    }

    fn message(&self) -> Result<Cow<'_, [u8]>, Failure> {
        Ok(Cow::Borrowed(&[]))
    }

    fn read(_message: Cow<'_, [u8]>) -> Result<(), Failure> {
        Ok(())
    }

    fn lend((): &mut ()) {}

    fn give_back((): (), reply: Vec<u8>) -> Result<Vec<u8>, Failure> {
        Ok(reply)
    }

    fn check(&self, _reply: &mut Reader<'_>) -> Result<(), Failure> {
        Ok(())
    }

    fn put(&mut self, (): ()) {}
}

/// A message of several parts, each with its length in front.
macro_rules! several {
    ($($argument:ident $index:tt)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($argument: Argument),*> Argument for ($($argument,)*) {
            type Lent<'x> = ($($argument::Lent<'x>,)*);
            type Far = ($($argument::Far,)*);
            type New<'m> = ($($argument::New<'m>,)*);

            const COMES_BACK: bool = $($argument::COMES_BACK ||)* false;
            const STAYS: bool = $($argument::STAYS ||)* false;

            fn into_local<'x>(self) -> Self::Lent<'x>
            where
                Self: 'x,
            {
                ($(self.$index.into_local(),)*)
            }

            fn message(&self) -> Result<Cow<'_, [u8]>, Failure> {
                let message = Vec::new();
                $(let message = codec::append(&self.$index.message()?, message)?;)*
                Ok(Cow::Owned(message))
            }

            fn sinks(&self, sinks: &mut Sinks) {
                $(self.$index.sinks(sinks);)*
            }

            fn sent(&mut self) {
                $(self.$index.sent();)*
            }

            fn read(message: Cow<'_, [u8]>) -> Result<Self::Far, Failure> {
                let mut reader = Reader::new(&message);
                Ok(($($argument::read(Cow::Borrowed(reader.part()?))?,)*))
            }

            fn lend(far: &mut Self::Far) -> Self::Lent<'_> {
                ($($argument::lend(&mut far.$index),)*)
            }

            fn give_back(far: Self::Far, reply: Vec<u8>) -> Result<Vec<u8>, Failure> {
                $(let reply = $argument::give_back(far.$index, reply)?;)*
                Ok(reply)
            }

            fn check<'m>(&self, reply: &mut Reader<'m>) -> Result<Self::New<'m>, Failure> {
                Ok(($(self.$index.check(reply)?,)*))
            }

            fn put(&mut self, new: Self::New<'_>) {
                $(self.$index.put(new.$index);)*
            }
        }
    };
}

several!(A 0 B 1);
several!(A 0 B 1 C 2);
several!(A 0 B 1 C 2 D 3);
several!(A 0 B 1 C 2 D 3 E 4);
several!(A 0 B 1 C 2 D 3 E 4 F 5);
several!(A 0 B 1 C 2 D 3 E 4 F 5 G 6);
several!(A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7);
