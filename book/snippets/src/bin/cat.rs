//! Copies stdin to stdout.
use guest_runtime::io;

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    io::copy(io::stdin(), io::stdout()).await?;
    Ok(())
}
