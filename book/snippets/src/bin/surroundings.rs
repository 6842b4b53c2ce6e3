//! Jobs have the same arguments, environment and directories as `main`.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn look() -> String {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let colour = std::env::var("COLOUR").unwrap_or("no colour".into());
    let files = std::fs::read_dir("/here").map_or(0, Iterator::count);
    format!(
        "{arguments:?}, {colour}, {}",
        if files > 0 { "files" } else { "no files" }
    )
}

#[guest_runtime::main]
async fn main() {
    println!("main: {}", look().await);
    println!("job:  {}", look().par().await);
}
