//! Sends an HTTP GET request.
use guest_runtime::http;

#[guest_runtime::main]
async fn main() -> Result<(), http::Error> {
    let server = std::env::var("SERVER").expect("the URL of a server");
    let response = http::get(format!("{server}/hello")).await?;
    println!("{}", response.status());
    println!("{}", response.into_body().text().await?);
    Ok(())
}
