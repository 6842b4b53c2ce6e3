//! The calls of the host: facts about the run, jobs, the items that jobs send, and shared values.

mod info;
mod items;
mod jobs;
mod send;
mod send_queue;
mod shared;
mod start_queue;

pub(crate) use info::{check_message, has_no_host, is_observed, report_panic};
pub use info::{cores, has_parallelism};
pub(crate) use jobs::{
    Job, JobOptions, Ticket, always_ready, begin_job, collect_all, is_full, is_stop_requested, watch_for_stop,
};
pub(crate) use send::poll_send;
pub(crate) use send_queue::{SendQueue, Turn};
pub(crate) use shared::{is_shared, share, shared, unshare};
