//! Sends an HTTP GET request, with wstd.
use wstd::http::{Body, Client, Error, Request};

#[wstd::main]
async fn main() -> Result<(), Error> {
    let server = std::env::var("SERVER").expect("the URL of a server");
    let request = Request::get(format!("{server}/hello")).body(Body::empty())?;
    let mut response = Client::new().send(request).await?;
    println!("{}", response.status());
    println!("{}", response.body_mut().str_contents().await?);
    Ok(())
}
