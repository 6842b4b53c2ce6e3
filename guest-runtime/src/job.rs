//! Jobs as an app sees them: what `.par()` is on, and the future and the stream that it leads to.

mod blocking;
mod call;
mod future;
mod options;
mod parallel;
mod stream;

pub use call::{call, lend, lend_mut};
pub use future::{Catch, ParallelFuture};
pub use parallel::{Parallel, ParallelFn};
pub use stream::{ParallelStream, stream, try_stream};
