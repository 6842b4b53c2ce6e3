//! A program on wstd's executor, timers and streams.
use wstd::io::{AsyncRead as _, AsyncWrite as _};
use wstd::prelude::*;
use wstd::task::sleep;
use wstd::time::Duration;

#[wstd::main]
async fn main() -> Result<(), std::io::Error> {
    sleep(Duration::from_millis(1)).await;
    let late = std::future::pending::<()>().timeout(Duration::from_millis(1)).await;
    println!("late: {}", late.is_err());
    let mut input = Vec::new();
    wstd::io::stdin().read_to_end(&mut input).await?;
    wstd::io::stdout().write_all(&input).await?;
    Ok(())
}
