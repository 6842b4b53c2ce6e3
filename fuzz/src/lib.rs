//! Random inputs, and campaigns of them against a target.
//!
//! A [`Target`] runs one input and checks the result. [`main`] is the command line of a program with targets:
//! it runs a campaign until its time is over, or replays inputs from files. An input depends only on the
//! corpus, the seed of the campaign and its number in the campaign, so a campaign can be repeated. A failing
//! input is stored in a file that replays it.
//!
//! There is no coverage guidance: that needs a nightly compiler, and campaigns should run wherever the tests
//! run. Instead, each target generates inputs suited to it: by mutating files of the corpus with words of the
//! format, or by serializing random values of the types that it reads.

mod command;
mod campaign;
mod input;
mod allocator;

pub use allocator::{allocated, within};
pub use campaign::Target;
pub use command::{Entry, Make, main};
pub use input::{mutate, mutated};
