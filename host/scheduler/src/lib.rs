//! Jobs in a tree, on cores: which core runs which job, and how a parent waits for its jobs.
//!
//! A [`Job`] is plain data that any core may take, until one has. Its parent knows it through a record of
//! its [`Children`], where the outcome arrives; its [`Items`] come through a [`Channel`]. The [`Scheduler`]
//! has the queues of all cores and the list of those that sleep, and [`Slots`] limits how many jobs may have
//! begun at a time.
//!
//! Nothing here knows what a job does, what an instance is, or what time it is: a [`JobKind`] supplies all of
//! that. So the same code runs in the host, and in models that try the orders in which events can happen
//! (`tests/`).

mod scheduler;
mod queue;
mod sleep;
mod slots;
mod children;
mod job;
mod items;
mod kind;
mod sync;

pub use children::{Children, Job};
pub use items::{Budget, Channel, Items, Sent};
pub use job::{Lifecycle, Stop};
pub use kind::{JobKind, Queued};
pub use scheduler::{Next, Placement, Scheduler};
pub use slots::{Slot, Slots};
