//! The arguments of a job: values that move to it, and borrows that are updated when it has succeeded.
//!
//! The caller encodes an argument. The job's instance decodes it into an owner and lends the function
//! the same type that it would be lent locally. When the job has succeeded, the new value of a mutable
//! borrow is encoded, sent back with the result, and assigned.

mod borrowed;
mod gathered;
mod items;
mod optional;
mod plain;
mod transfer;
mod value;
#[cfg(test)]
mod tests;

pub(crate) use borrowed::{Borrowed, BorrowedMut};
pub(crate) use gathered::{Entries, Gather, Gathered, Values};
pub(crate) use plain::Plain;
pub(crate) use transfer::{Sink, Sinks, Transfer};
pub(crate) use value::Transmit;
pub use value::{Moved, Value};

/// An argument of [`par_on`](crate::ParallelFn::par_on) or of a
/// [`#[parallel]`](macro@crate::parallel) function: a borrow, or a tuple of borrows.
///
/// It is implemented for `&T` and `&mut T` of a [`Message`](crate::Message), for `&[T]`, `&mut [T]` and
/// `&str`, and for tuples of these. A tuple may also have numbers, `bool`, `char`, a [`Sender`](crate::Sender) and a
/// [`Shared`](crate::Shared). The value is encoded in place, and the job's function is lent the same type. The new value of a mutable borrow comes back with the result; if there is no result, the borrowed
/// value stays as it was.
///
/// This trait is sealed: only this crate implements it.
///
/// # Examples
///
/// A function that takes any such argument:
///
/// ```
/// use guest_runtime::prelude::*;
/// use guest_runtime::{Argument, CapturesNothing, Message, ParallelFuture};
///
/// fn on_another_core<'a, A, R, F>(function: F, argument: A) -> ParallelFuture<'a, R>
/// where
///     A: Argument + 'a,
///     R: Message,
///     F: for<'x> AsyncFn(A::Lent<'x>) -> R,
///     F: for<'x> CapturesNothing<(A::Lent<'x>,), Output = R>,
/// {
///     function.par_on(argument).named("on another core")
/// }
///
/// guest_runtime::block_on(async {
///     let length = on_another_core(async |text: &str| text.len(), "text");
///     assert_eq!(length.await, 4);
/// });
/// ```
///
/// A borrow of something that is no message is refused:
///
/// ```compile_fail,E0277
/// # use guest_runtime::prelude::*;
/// let count = std::rc::Rc::new(7);
/// let doubled = (async |count: &std::rc::Rc<u32>| 2 * **count).par_on(&count);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be lent to a job",
    label = "not a borrow",
    note = "`par_on` lends `&T`, `&mut T`, `&[T]`, `&mut [T]`, `&str`, and tuples of them and of numbers, where `T` \
            is a `guest_runtime::Message`; `par_with` moves a value",
    note = "`par!([&a, &mut b, c] async {{ .. }})` does both"
)]
pub trait Argument: Transfer {}

#[diagnostic::do_not_recommend]
impl<A: Transfer> Argument for A {}
