//! Trailers of a body that was read, of one that was not, and of one that has none.
use guest_runtime::http;
use guest_runtime::io;
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() -> Result<(), http::Error> {
    let server = std::env::args().nth(1).unwrap();
    let get = |path: &str| http::get(format!("{server}{path}"));

    let mut body = get("/trailers").await?.into_body();
    let mut text = String::new();
    body.read_to_string(&mut text).await.unwrap();
    println!("{text} {:?}", body.trailers().await?);
    println!("{:?}", get("/trailers").await?.into_body().trailers().await?);
    println!("{:?}", get("/hello").await?.into_body().trailers().await?);
    println!("{:?}", get("/cut-chunks").await?.into_body().trailers().await.unwrap_err().kind());
    let mut copied = Vec::new();
    io::copy(get("/hello").await?.into_body(), &mut copied).await.unwrap();
    assert_eq!(copied, b"hello");
    Ok(())
}
