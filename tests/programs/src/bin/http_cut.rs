//! Uploads that are cut short: the server must not take them for complete.
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use guest_runtime::futures_lite::io::{BufReader, repeat};
use guest_runtime::http::{self, Body, Client, Request};
use guest_runtime::io::{self, AsyncRead};
use guest_runtime::prelude::*;
use guest_runtime::time::timeout;

/// A reader that always fails.
struct Broken;

impl AsyncRead for Broken {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut [u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::Error::new(io::ErrorKind::StorageFull, "no more")))
    }
}

/// Returns a body of `after` bytes, followed by an error.
fn breaks_off(after: u64) -> Body {
    Body::reader(BufReader::new(repeat(7).take(after).chain(Broken)))
}

fn tell(error: &http::Error) {
    println!("{:?}: {error}", error.kind());
}

#[guest_runtime::main]
async fn main() -> Result<(), http::Error> {
    let server = std::env::args().nth(1).unwrap();
    let client = Client::new();
    let post = |path: &str| Request::post(format!("{server}{path}"));

    // An upload that is dropped.
    let endless = Body::reader(BufReader::new(repeat(7)));
    let upload = client.send(post("/count").body(endless)?);
    assert!(timeout(Duration::from_millis(50), upload).await.is_err());

    // Uploads from a reader that fails, before the response and after it.
    for after in [0, 100_000] {
        tell(&client.send(post("/count").body(breaks_off(after))?).await.unwrap_err());
    }
    let response = client.send(post("/echo").body(breaks_off(100_000))?).await;
    let error = match response {
        Ok(response) => response.into_body().bytes().await.unwrap_err(),
        Err(error) => error,
    };
    tell(&error);
    assert_eq!(io::Error::from(error).kind(), io::ErrorKind::StorageFull);

    // Bodies that are shorter and longer than their `content-length`.
    for length in [10_u64, 3] {
        let request = post("/count").header("content-length", length).body(Body::reader(&b"hello"[..]))?;
        let error = client.send(request).await.unwrap_err();
        tell(&error);
    }
    Ok(())
}
