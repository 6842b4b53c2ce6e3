//! Jobs in a tree, on cores: which core runs which job, who waits for whom, and who is told.
//!
//! A [`Job`] is plain data that any core may take, until one has. Whoever started it knows it
//! through its [`Children`], where its outcome arrives; its [`Items`] come through a [`Channel`]. The [`Scheduler`] has the queues of all
//! cores and knows who sleeps, and [`Slots`] says how many jobs may have begun at a time.
//!
//! Nothing here knows what a job does, what an instance is, or what time it is: all that is the
//! business of a [`JobKind`]. So the same code runs in the host, and in models that try the orders in
//! which things can happen (`tests/`).

mod scheduler;
mod queue;
mod sleep;
mod slots;
mod tree;
mod items;
mod kind;
mod sync;

pub use items::{Budget, Channel, Items, Sent};
pub use kind::{JobKind, Queued};
pub use scheduler::{Next, Placement, Scheduler};
pub use slots::{Slot, Slots};
pub use tree::{Children, Job, Stop};
