//! Jobs, the data that crosses between them, and the memory accounting for that data.

pub(crate) mod call;
pub(crate) mod current_job;
pub(crate) mod names;
pub(crate) mod outcome;
pub(crate) mod items;
pub(crate) mod shares;
pub(crate) mod lift;
pub(crate) mod tree;
#[cfg(feature = "cluster")]
pub(crate) mod distribution;
#[cfg(feature = "cluster")]
mod costs;
#[cfg(feature = "cluster")]
pub(crate) mod sent;
pub(crate) mod bulk;
pub(crate) mod account;
pub(crate) mod shortage;
