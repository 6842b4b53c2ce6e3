//! Echoes each line in capitals, as soon as it arrives.
use guest_runtime::io;
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let mut lines = io::stdin().lines();
    let mut stdout = io::stdout();
    while let Some(line) = lines.next().await {
        stdout.write_all((line?.to_uppercase() + "\n").as_bytes()).await?;
    }
    Ok(())
}
