//! Jobs, and who started them: each needs the other, and together they decide who is told what.

mod children;
mod job;

pub use children::Children;
pub use job::{Job, Stop};
