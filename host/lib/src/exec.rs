//! Where jobs run: the cores, their guests and instances.

pub(crate) mod session;
pub(crate) mod service;
#[cfg(feature = "cluster")]
pub(crate) mod remote_run;
pub(crate) mod cores;
mod thread;
mod turns;
mod guests;
mod guest;
mod admitted;
mod core;
mod shared;
mod local;
pub(crate) mod running;
mod headroom;
pub(crate) mod capacity;
pub(crate) mod instance;
pub(crate) mod tasks;
mod printing;
mod stop;
mod ticker;
