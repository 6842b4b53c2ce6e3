//! Servers that are too slow at each stage, with the timeouts of the client and with `timeout`.
use std::time::Duration;

use guest_runtime::http::{self, Client};
use guest_runtime::io;
use guest_runtime::prelude::*;
use guest_runtime::time::timeout;

const SHORT: Duration = Duration::from_millis(50);

async fn text(client: Client, url: &str) -> Result<String, http::Error> {
    client.get(url).await?.into_body().text().await
}

#[guest_runtime::main]
async fn main() {
    let [server, full] = [1, 2].map(|n| std::env::args().nth(n).unwrap());
    let (no_head, half) = (format!("{server}/no-head"), format!("{server}/half-body"));
    let tell = |error: http::Error| println!("{:?}: {error}", error.kind());

    tell(text(Client::new().connect_timeout(SHORT), &full).await.unwrap_err());
    tell(text(Client::new().first_byte_timeout(SHORT), &no_head).await.unwrap_err());
    let client = Client::new().between_bytes_timeout(SHORT);
    tell(text(client, &half).await.unwrap_err());

    // The stream yields the data that arrived, and then the error.
    let mut body = client.get(&*half).await.unwrap().into_body();
    let mut came = Vec::new();
    let error = body.read_to_end(&mut came).await.unwrap_err();
    println!("{:?} after {}: {error}", error.kind(), String::from_utf8(came).unwrap());
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(error.downcast::<http::Error>().is_ok());

    for url in [&no_head, &half] {
        println!("{}", timeout(SHORT, text(Client::new(), url)).await.unwrap_err());
    }
    // A request that times out closes its connection. The last two may have timed out before they had one.
    println!("{}", text(Client::new(), &format!("{server}/when-three-have-hung-up")).await.unwrap());
}
