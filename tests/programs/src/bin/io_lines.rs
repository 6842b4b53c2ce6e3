//! Answers each line of stdin before it waits for the next.
use guest_runtime::io;
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let (mut lines, mut stdout) = (io::stdin().lines(), io::stdout());
    while let Some(line) = lines.next().await {
        stdout.write_all(format!("{}?\n", line?).as_bytes()).await?;
    }
    Ok(())
}
