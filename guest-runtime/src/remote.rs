//! How a job gets to another instance and its result comes back.
//!
//! In the order in which a job meets them: [`job_fn`] is its code, [`argument`] what it is called with,
//! [`codec`] writes that down, [`entry`] names the code in every instance, [`exchange`] sends the one and
//! takes the other back, and [`worker`] runs it in the instance that got it.

mod argument;
mod codec;
mod entry;
mod exchange;
mod job_fn;
mod message;
mod sender;
mod shared;
mod worker;

pub use argument::{Argument, Moved, Value};
pub(crate) use argument::{Borrowed, BorrowedMut};
pub(crate) use entry::{Boxed, Entry, local_job};
pub(crate) use exchange::{Crossing, Sending, receive};
pub(crate) use job_fn::{Nullary, Unary, Work, captures_nothing, conjure};
pub use message::Message;
pub use sender::Sender;
pub(crate) use sender::{Outbox, Queue};
pub use shared::Shared;
