//! A TCP client like netcat: sends stdin to the server and writes what it receives to stdout.
use guest_runtime::io;
use guest_runtime::net::TcpStream;
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap();
    let stream = TcpStream::connect(address).await?;
    let (reader, mut writer) = stream.split();
    let there = async {
        io::copy(io::stdin(), &mut writer).await?;
        writer.close().await
    };
    (io::copy(reader, io::stdout()), there).try_join().await?;
    Ok(())
}
