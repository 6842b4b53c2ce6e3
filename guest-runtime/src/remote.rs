//! Sends a job to another instance, and returns its result.
//!
//! The modules, in the order in which a job uses them: [`job_fn`] is its function, and [`argument`] the
//! arguments of that function. [`codec`] encodes the arguments, and [`entry`] identifies the function in every
//! instance. [`exchange`] sends the message and receives the reply. [`worker`] runs the job in the receiving
//! instance, which [`init`](mod@init) has set up.

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
pub(crate) use argument::{
    Borrowed, BorrowedMut, Entries, Gather, Gathered, Plain, Transfer, Transmit, Values,
};
pub(crate) use entry::{Entry, LocalFuture, Nameless, local_job};
pub(crate) use exchange::{Exchange, TypedExchange, receive};
pub use init::init;
pub(crate) use init::with_init;
pub use job_fn::CapturesNothing;
pub(crate) use job_fn::{Block, Body, JobFn, Listed, Nullary, Unary, captures_nothing, conjure};
pub use message::Message;
pub use sender::Sender;
pub(crate) use sender::{Outbox, Queue};
pub use shared::Shared;
