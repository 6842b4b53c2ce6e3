//! Sources of items: slices, ranges, chunks, collections, text, iterators and streams.

mod begin;
mod bridge;
mod chunks;
mod collections;
mod concatenation;
mod iterable;
mod lending;
mod ranges;
mod separated;
mod slices;
mod text;
mod traits;
mod windows;

pub use begin::{IntoParallelIterator, IntoParallelRefIterator, IntoParallelRefMutIterator};
pub use bridge::{Bridge, BridgeStream};
pub(super) use chunks::ChunksMut;
pub use chunks::{ParallelSlice, ParallelSliceMut};
pub(super) use iterable::Iterable;
pub use lending::Lend;
pub(super) use lending::Lending;
pub use separated::Separator;
pub use text::ParallelString;
pub use traits::IntoSource;
pub(super) use traits::{ArgOf, Indexed, ItemOf, Lent, NextPiece, Source};
