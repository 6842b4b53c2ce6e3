//! Schedules trees of jobs on cores: decides which core runs which job, and lets parents wait for their jobs.
//!
//! A [`Job`] is plain data that any core may claim, once. Its parent refers to it through a record of its
//! [`Children`], which receives the outcome. [`Items`] are sent through a [`Channel`]. The [`Scheduler`]
//! has the queues of all cores and the list of sleeping cores. [`Slots`] limits how many jobs may have begun at a
//! time, and [`Computing`] decides when a core that computes starts another job.
//!
//! This crate does not depend on what a job does, on instances or on clocks: a [`JobKind`] supplies these. So
//! the same code runs in the host and in models (`tests/`), which try the orders in which events can happen.

mod scheduler;
mod queue;
mod sleep;
mod thief;
mod slots;
mod children;
mod job;
mod items;
mod computing;
mod kind;
mod sync;

pub use children::{Children, Job};
pub use computing::{Computing, Habits, LONGEST_WAIT};
pub use items::{Budget, Channel, Items, Sent};
pub use job::{Lifecycle, Stop};
pub use kind::{JobKind, Queued};
pub use scheduler::{Next, Placement, Scheduler};
pub use slots::{Slot, Slots};
