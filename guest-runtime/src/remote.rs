//! How a job gets to another instance, and how its result comes back.
//!
//! In the order in which a job passes them: [`job_fn`] is its function and [`argument`] what that is called
//! with; [`codec`] encodes the argument; [`entry`] names the function for every instance; [`exchange`]
//! sends the message and receives the reply; [`worker`] runs the job in the instance that got the message, which
//! [`init`](mod@init) has set up.

mod argument;
mod codec;
mod entry;
mod exchange;
mod init;
mod job_fn;
mod message;
mod sender;
mod shared;
pub mod wire;
mod worker;

pub use argument::{Argument, Moved, Value};
pub(crate) use argument::{Borrowed, BorrowedMut, Transfer, Transmit};
pub(crate) use entry::{Entry, LocalFuture, local_job};
pub(crate) use exchange::{Exchange, TypedExchange, receive};
pub use init::init;
pub(crate) use init::with_init;
pub(crate) use job_fn::{JobFn, Nullary, Unary, captures_nothing, conjure};
pub use message::Message;
pub use sender::Sender;
pub(crate) use sender::{Outbox, Queue};
pub use shared::Shared;
