//! The adapters that see one item after the other.

mod each;
mod fold;
mod select;
mod with;
