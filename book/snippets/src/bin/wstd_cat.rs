//! Copies what it reads to what it prints, with wstd.
use wstd::io;

#[wstd::main]
async fn main() -> io::Result<()> {
    io::copy(io::stdin(), io::stdout()).await?;
    Ok(())
}
