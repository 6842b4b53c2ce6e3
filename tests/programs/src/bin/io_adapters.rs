//! Adapters that other crates provide for the traits of futures-io work on our streams: those of
//! futures-lite, and a compressor.
use async_compression::futures::write::GzipEncoder;
use guest_runtime::futures_lite::io::BufReader;
use guest_runtime::io;
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let mut stdin = io::stdin();
    let mut line = String::new();
    stdin.read_line(&mut line).await?;
    let mut taken = String::new();
    (&mut stdin).take(5).chain(&b" and more"[..]).read_to_string(&mut taken).await?;
    let fields: Vec<Vec<u8>> = BufReader::new(stdin).split(b',').try_collect().await?;

    let mut gzip = GzipEncoder::new(io::stdout());
    gzip.write_all(format!("{line:?} {taken:?}\n").as_bytes()).await?;
    for field in fields {
        gzip.write_all(&field).await?;
        gzip.write_all(b"\n").await?;
    }
    gzip.close().await
}
