//! tmp
mod bindings;
mod job;
mod scheduler;
