//! Random inputs, and campaigns of them against a target.
//!
//! A [`Target`] runs one input and says what is wrong with what came of it. [`main`] is the command line of
//! a program with targets: it runs a campaign until its time is over, or replays inputs from files. An
//! input depends on nothing but the corpus, the seed of the campaign and its own number there, so a
//! campaign finds the same again; and what fails is kept as a file that replays it.
//!
//! There is no coverage to guide it: that needs a nightly compiler, and this runs wherever the tests do. In
//! its place each target knows how its inputs are made: from files of the corpus and words of the format,
//! changed here and there, or from values of the types that are read.

mod command;
mod campaign;
mod input;
mod allocator;

pub use allocator::{allocated, within};
pub use campaign::Target;
pub use command::{Entry, Make, main};
pub use input::{mutate, mutated};
