//! Headers of a request and of its response; the length in a response to `HEAD`; a custom method.
use guest_runtime::http::{self, Client, Method, Request};

#[guest_runtime::main]
async fn main() -> Result<(), http::Error> {
    let server = std::env::args().nth(1).unwrap();
    let client = Client::new();

    let request = Request::get(format!("{server}/headers")).header("x", "1").header("x", "2");
    let response = client.send(request.body(())?).await?;
    let all: Vec<_> = response.headers().get_all("a").iter().map(|value| value.to_str().unwrap()).collect();
    println!("{all:?} {:?}", response.headers()["b"].as_bytes());

    let response = client.send(Request::head(format!("{server}/bytes/1000000")).body(())?).await?;
    println!("{:?} {:?}", response.headers()["content-length"], response.body().length());

    let response = client.send(Request::head(format!("{server}/bytes/9")).body(())?).await?;
    let length = (response.headers()["content-length"].clone(), response.body().length());
    println!("{:?} {:?} {:?}", length.0, length.1, response.into_body().text().await?);

    let method = Method::from_bytes(b"PURGE").unwrap();
    let request = Request::builder().method(method).uri(format!("{server}/hello?a=b")).body(())?;
    println!("{}", client.send(request).await?.status());
    Ok(())
}
