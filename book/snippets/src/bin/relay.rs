//! Copies three bodies of any size from one server to another, two at a time.
use std::num::NonZeroUsize;

use guest_runtime::futures_lite::stream;
use guest_runtime::http::{Client, Request};
use guest_runtime::io;
use guest_runtime::prelude::*;

async fn relay(from: String, to: String) -> io::Result<String> {
    let body = Client::new().get(from).await?.into_body();
    let request = Request::put(to).body(body).map_err(io::Error::other)?;
    let response = Client::new().send(request).await?;
    Ok(response.into_body().text().await?)
}

#[guest_runtime::main]
async fn main() {
    let server = std::env::var("SERVER").expect("the URL of a server");
    let (server, two) = (&server, NonZeroUsize::new(2));
    let sizes = stream::iter([3_000_000, 30_000_000, 0]);
    sizes
        .co()
        .limit(two)
        .for_each(async |size| {
            match relay(format!("{server}/bytes/{size}"), format!("{server}/count"))
                .await
            {
                Ok(counted) => assert_eq!(counted, format!("{size} bytes")),
                Err(error) => println!("{error}"),
            }
        })
        .await;
    println!("all are there");
}
