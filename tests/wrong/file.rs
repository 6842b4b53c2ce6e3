//! So is a file.
use std::fs::File;

#[guest_runtime::parallel]
async fn length(file: File) -> u64 {
    file.metadata().unwrap().len()
}

fn main() {}
