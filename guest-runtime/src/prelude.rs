//! The traits with `par`, `join` and the rest, and `par!`: `use guest_runtime::prelude::*`.
//!
//! The traits are imported without their names, so they shadow nothing.
//!
//! Streams have the methods of two traits: `co` and `merge` come from futures-concurrency, and `next`, `map` and
//! the rest from futures-lite. `zip` and `chain` are in both, so they need a tuple, as in `(a, b).zip()`, or the
//! name of the trait.

pub use futures_concurrency::concurrent_stream::{ConcurrentStream as _, IntoConcurrentStream as _};
pub use futures_concurrency::future::{FutureExt as _, Join as _, Race as _, RaceOk as _, TryJoin as _};
pub use futures_concurrency::stream::{Chain as _, Merge as _, StreamExt as _, Zip as _};

pub use futures_lite::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, StreamExt as _};

pub use crate::block_on::Wait as _;
pub use crate::iter::{
    Bridge as _, BridgeStream as _, IntoParallelIterator as _, IntoParallelRefIterator as _,
    IntoParallelRefMutIterator as _, ParallelIterator as _, ParallelSlice as _, ParallelSliceMut as _,
    ParallelSort as _, ParallelString as _,
};
pub use crate::job::{Parallel as _, ParallelFn as _};
pub use crate::par;
