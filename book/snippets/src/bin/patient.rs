//! Posts to the first server that accepts, with retries.
use std::time::Duration;

use guest_runtime::http::{Client, ErrorKind, Request};

async fn send(
    server: &str,
    note: &'static str,
) -> Result<String, Box<dyn std::error::Error>> {
    let client = Client::new()
        .connect_timeout(Duration::from_secs(1))
        .first_byte_timeout(Duration::from_secs(5));
    let request = Request::post(format!("{server}/count"))
        .header("x-about", "notes")
        .body(note)?;
    let response = client.send(request).await?;
    if !response.status().is_success() {
        return Err(response.status().to_string().into());
    }
    Ok(response.into_body().limit(1_000).text().await?)
}

#[guest_runtime::main]
async fn main() {
    let server = std::env::var("SERVER").expect("the URL of a server");
    for server in ["http://127.0.0.1:1", &server] {
        match send(server, "a note").await {
            Ok(answer) => println!("it has {answer}"),
            Err(error) => println!("{error}"),
        }
    }

    let error =
        Client::new().get("https://me:secret@example.com/").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);
    println!("{error}");
}
