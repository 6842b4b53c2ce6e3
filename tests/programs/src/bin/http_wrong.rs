//! Invalid requests, and a body that is not UTF-8.
use guest_runtime::http::{self, Body, Client, Request};

#[guest_runtime::main]
async fn main() -> Result<(), http::Error> {
    let server = std::env::args().nth(1).unwrap();
    let hello = format!("{server}/hello");
    let requests = [
        Request::get("/hello").body(()),
        Request::get("ftp://server.test/").body(()),
        Request::get("http://me:secret@server.test/").body(()),
        Request::get(&hello).header("host", "other.test").body(()),
        Request::get(&hello).header("transfer-encoding", "chunked").body(()),
        Request::post(&hello).header("content-length", "some").body(()),
    ];
    for request in requests {
        let error = Client::new().send(request?).await.unwrap_err();
        println!("{:?}: {error}", error.kind());
    }
    println!("{}", http::get("not a URI").await.unwrap_err());
    println!("{}", Body::from(&b"\xff"[..]).text().await.unwrap_err());
    Ok(())
}
