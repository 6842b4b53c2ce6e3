//! An interval without a period.
use std::time::Duration;

use guest_runtime::time::interval;

fn main() {
    drop(interval(Duration::ZERO));
}
