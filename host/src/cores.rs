//! Core threads; for now only their CPUs.
pub(crate) mod affinity;
