//! Replaced at the merge.
fn main() {}
