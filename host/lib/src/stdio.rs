//! Stdin, stdout and stderr of all instances of a run.

pub(crate) mod input;
pub(crate) mod feed;
pub(crate) mod output;
mod stream;
pub(crate) mod line;
mod queue;
mod account;
mod last_words;
pub(crate) mod refusal;
mod sink;
#[cfg(feature = "cluster")]
pub(crate) mod forward;
