//! What of the catalogue is not in the table, and why.

/// The number, and where it is tested, or why it is not.
pub(crate) const ELSEWHERE: &[(u32, &str)] = &[];
