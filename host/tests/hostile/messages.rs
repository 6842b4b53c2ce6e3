//! Messages, and what an app says to its host: entries 59 to 70.

use crate::case::Case;

pub(crate) const CASES: &[Case] = &[];
