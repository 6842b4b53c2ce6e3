//! What must stay true.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

// The repository keeps its own rules.
mod tidy;
