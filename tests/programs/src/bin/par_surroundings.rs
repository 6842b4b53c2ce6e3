//! A job sees the arguments, the environment and the directories that main sees.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn surroundings() -> (Vec<String>, Vec<(String, String)>, String) {
    let text = std::fs::read_to_string("/data/file").unwrap_or_else(|error| error.to_string());
    (std::env::args().collect(), std::env::vars().collect(), text)
}

#[guest_runtime::main]
async fn main() {
    let (here, there) = (surroundings(), surroundings().par()).join().await;
    println!("{here:?}");
    println!("{there:?}");
}
