//! Memory is not shared.
use std::sync::{Arc, Mutex};

#[guest_runtime::parallel]
async fn add(total: Arc<Mutex<u64>>, n: u64) {
    *total.lock().unwrap() += n;
}

fn main() {}
