//! What an instance has and may do: the data of its Store.

pub(crate) mod failure;
pub(crate) mod state;
pub(crate) mod grants;
mod memory;
pub(crate) mod core_state;
pub(crate) mod clock;
pub(crate) mod yielding;
