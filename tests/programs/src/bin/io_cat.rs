//! Copies stdin to stdout, without blocking.
use guest_runtime::io;

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let copied = io::copy(io::stdin(), io::stdout()).await?;
    eprintln!("{copied}");
    Ok(())
}
