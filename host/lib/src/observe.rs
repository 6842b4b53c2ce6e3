//! What happens in a run, told while it happens, counted, and drawn.

pub(crate) mod stats;
pub(crate) mod trace;
pub(crate) mod event;
pub(crate) mod status;
