//! Counts, for each of twenty jobs, how often its instance was used before.
use std::sync::atomic::{AtomicU32, Ordering};

use guest_runtime::prelude::*;

static USES: AtomicU32 = AtomicU32::new(0);

async fn uses_before() -> u32 {
    USES.fetch_add(1, Ordering::Relaxed)
}

#[guest_runtime::main]
async fn main() {
    let mut uses = 0;
    for _ in 0..20 {
        uses += uses_before.par().await;
    }
    println!("{}", if uses == 0 { "fresh" } else { "used" });
}
