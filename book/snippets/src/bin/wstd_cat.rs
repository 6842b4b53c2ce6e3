//! Copies stdin to stdout, with wstd.
use wstd::io;

#[wstd::main]
async fn main() -> io::Result<()> {
    io::copy(io::stdin(), io::stdout()).await?;
    Ok(())
}
