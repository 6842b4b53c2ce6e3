//! Jobs as an app sees them: the traits with `.par()`, and the future and the stream that they return.

mod blocking;
mod call;
mod captures;
mod failure_mode;
mod future;
mod options;
mod parallel;
mod state;
mod stream;
mod variable;

pub use call::{call, is_message, lend, lend_mut};
pub use captures::job;
pub use future::{Catch, ParallelFuture};
pub use parallel::{Parallel, ParallelFn};
pub use stream::{ParallelStream, stream, try_stream};
pub use variable::{Kind, kind_of};
