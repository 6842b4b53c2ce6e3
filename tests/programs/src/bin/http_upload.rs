//! Bodies of all kinds, to a server that counts them.
use guest_runtime::http::{self, Body, Client, Request};
use guest_runtime::io;
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() -> Result<(), http::Error> {
    let server = std::env::args().nth(1).unwrap();
    let url = format!("{server}/count");
    let bodies: Vec<Body> = vec![
        ().into(),
        "text".into(),
        "text".to_owned().into(),
        vec![7; 100_000].into(),
        Body::reader(io::stdin()),
        Body::reader(&b""[..]),
        // The body of a response, forwarded as an upload.
        http::get(format!("{server}/bytes/300000")).await?.into_body(),
        http::get(format!("{server}/chunked")).await?.into_body(),
        // A part of such a body.
        Body::reader(http::get(format!("{server}/bytes/300000")).await?.into_body().take(1_000)),
    ];
    for body in bodies {
        let response = Client::new().send(Request::post(&url).body(body)?).await?;
        println!("{}", response.into_body().text().await?);
    }
    let known = Request::put(&url).header("content-length", 4).body(Body::reader(&b"four"[..]))?;
    println!("{}", Client::new().send(known).await?.into_body().text().await?);
    Ok(())
}
