//! The traits that make `.par()`, `.join()` and the rest appear: `use guest_runtime::prelude::*`.
//!
//! Traits only, and without their names, so nothing of yours is shadowed.
//!
//! What can be done with a stream is in two traits: `co` and `merge` are those of
//! futures-concurrency, `next`, `map` and the rest those of futures-lite. `zip` and `chain` are in
//! both, and so need their trait's name, or a tuple: `(a, b).zip()`.

pub use futures_concurrency::concurrent_stream::{ConcurrentStream as _, IntoConcurrentStream as _};
pub use futures_concurrency::future::{FutureExt as _, Join as _, Race as _, RaceOk as _, TryJoin as _};
pub use futures_concurrency::stream::{Chain as _, Merge as _, StreamExt as _, Zip as _};

pub use futures_lite::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, StreamExt as _};

pub use crate::iter::{
    Bridge as _, BridgeStream as _, ParallelIterator as _, ParallelSlice as _, ParallelSliceMut as _,
};
pub use crate::job::{Parallel as _, ParallelFn as _};
