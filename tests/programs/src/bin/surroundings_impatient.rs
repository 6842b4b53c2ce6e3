//! A server that sends more than the buffers hold, and drops a client that does not read.
use std::num::NonZeroUsize;
use std::time::Duration;

use guest_runtime::net::{TcpListener, TcpStream};
use guest_runtime::prelude::*;
use guest_runtime::time::timeout;

async fn talk(mut stream: TcpStream, bytes: &[u8]) {
    let talking = async {
        stream.write_all(b"hello\n").await?;
        stream.write_all(bytes).await
    };
    // The client is dropped, whether it has read everything or not.
    drop(timeout(Duration::from_millis(50), talking).await);
}

#[guest_runtime::main]
async fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    let bytes = vec![b'x'; 32 << 20];
    let connections = listener.incoming().co().limit(NonZeroUsize::new(1_000));
    connections
        .for_each(async |stream| match stream {
            Ok(stream) => talk(stream, &bytes).await,
            Err(error) => eprintln!("{error}"),
        })
        .await;
}
