//! In a list, `self` needs another name.
use guest_runtime::prelude::*;

struct Counter {
    hits: u64,
}

impl Counter {
    fn more(&self) -> u64 {
        par!([&self] async { self.hits + 1 }).wait()
    }
}

fn main() {
    Counter { hits: 1 }.more();
}
