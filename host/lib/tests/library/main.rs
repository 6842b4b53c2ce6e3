//! What must stay true of the host as a library: many runs in one process, on the same cores.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../shared/guest.rs"]
mod guest;
// An app, how it is run, and what came out.
mod app;
// Runs side by side, stopped, dropped, one after the other.
mod runs;
// What an observer is told.
mod events;
// The program in host/lib/examples.
mod example;
