//! Counts, nesting, stopping and who gets a core: entries 33 to 58.

use crate::case::Case;

pub(crate) const CASES: &[Case] = &[];
