//! Drops every future and body of an exchange, at many moments; then a request still succeeds.
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use guest_runtime::futures_lite::future::{poll_once, yield_now};
use guest_runtime::futures_lite::io::{BufReader, repeat};
use guest_runtime::http::{self, Body, Client, Request, Response};
use guest_runtime::prelude::*;
use guest_runtime::time::timeout;

fn endless() -> Body {
    Body::reader(BufReader::new(repeat(7)))
}

/// Polls a future `polls` times, or until it is ready, and drops it.
async fn drop_after(polls: usize, future: impl Future<Output = Result<Response<Body>, http::Error>>) {
    let mut future = pin!(future);
    for _ in 0..polls {
        if poll_once(&mut future).await.is_some() {
            return;
        }
        yield_now().await;
    }
}

#[guest_runtime::main]
async fn main() -> Result<(), http::Error> {
    let server = std::env::args().nth(1).unwrap();
    let client = Client::new();
    let get = |path: &str| client.get(format!("{server}{path}"));
    let post = |path: &str| Request::post(format!("{server}{path}"));

    for round in 0..20 {
        for polls in [0, 1, 2, round * 10] {
            drop_after(polls, get("/hello")).await;
            drop_after(polls, client.send(post("/count").body(endless())?)).await;
            drop_after(polls, client.send(post("/count").body(Body::from(vec![7; 1_000_000]))?)).await;
        }
        // The loser of a race, an upload that the server has received much of, and an unread response.
        (async { drop(get("/no-head").await) }, async {}).race().await;
        let upload = client.send(post("/count").body(endless())?);
        assert!(timeout(Duration::from_millis(5), upload).await.is_err());
        drop(get("/endless").await?);
        // Bodies that are half read: one kept without its head, and one within an adapter.
        let mut body = get("/endless").await?.into_body();
        let mut some = vec![0; 100_000];
        body.read_exact(&mut some).await.unwrap();
        let (parts, rest) = get("/endless").await?.into_parts();
        drop(parts);
        drop((body.take(10), rest));
        // A read that waits when it is dropped.
        let mut body = get("/half-body").await?.into_body();
        body.read_exact(&mut some[..5]).await.unwrap();
        assert!(poll_once(body.read(&mut some)).await.is_none());
        // An exchange that transfers in both directions.
        let mut body = client.send(post("/echo").body(endless())?).await?.into_body();
        body.read_exact(&mut some).await.unwrap();
        assert!(some.iter().all(|byte| *byte == 7));
        drop(body);
        // An exchange whose upload is the response to another.
        let upload = client.send(post("/count").body(get("/endless").await?.into_body())?);
        assert!(timeout(Duration::from_millis(5), upload).await.is_err());
    }
    println!("{}", get("/hello").await?.into_body().text().await?);
    Ok(())
}
