//! Reads a part of stdin, and drops it with the rest.
use guest_runtime::io;
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let mut part = [0; 4];
    io::stdin().read_exact(&mut part).await?;
    println!("{}", String::from_utf8_lossy(&part));
    Ok(())
}
