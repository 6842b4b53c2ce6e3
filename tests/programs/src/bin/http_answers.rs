//! A server may respond with any bytes: each way to read a response ends, with the whole response or an error.
use guest_runtime::http;

async fn read(uri: &str, how: u32) -> Result<String, http::Error> {
    let response = http::get(uri).await?;
    let (head, body) = response.into_parts();
    let headers: Vec<_> = head.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    let body = match how {
        0 => format!("{:?}", body.limit(1000).text().await),
        1 => format!("{:?}", body.bytes().await.map(|bytes| bytes.len())),
        2 => format!("{:?}", body.trailers().await),
        _ => String::new(),
    };
    Ok(format!("{} {headers:?} {body}", head.status))
}

#[guest_runtime::main]
async fn main() {
    let uri = std::env::args().nth(1).unwrap();
    for how in 0..4 {
        match read(&uri, how).await {
            Ok(text) => println!("{how}: {text}"),
            Err(error) => println!("{how}: {:?} {error}", error.kind()),
        }
    }
}
