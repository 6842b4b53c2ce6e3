//! Tests of the host as a library: many runs in one process, on the same cores.

#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

#[path = "../shared/guest.rs"]
mod guest;
// An app, and how to run it.
mod app;
// Concurrent, stopped, dropped and sequential runs.
mod runs;
// Calls of exported functions.
mod calls;
// Events.
mod events;
// The programs in host/lib/examples.
mod example;
