//! The events of a run: reported as they happen, counted, and drawn.

pub(crate) mod stats;
pub(crate) mod trace;
pub(crate) mod event;
pub(crate) mod status;
mod prometheus;
