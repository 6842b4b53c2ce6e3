//! Sources of items: slices, ranges, chunks, iterators and streams.

mod bridge;
mod chunks;
mod lending;
mod ranges;
mod slices;
mod traits;

pub use bridge::{Bridge, BridgeStream};
pub use chunks::{ParallelSlice, ParallelSliceMut};
pub use lending::Lending;
pub use traits::IntoSource;
pub(super) use traits::{Lent, Source};
