//! It cannot be lent either.
use std::fs::File;

#[guest_runtime::parallel]
async fn length(file: &File, more: u64) -> u64 {
    file.metadata().unwrap().len() + more
}

fn main() {}
