//! Gets each URL that it is given, one after the other, and prints what came.
use guest_runtime::http::{self, ErrorKind};
use guest_runtime::prelude::*;

async fn get(url: &str) -> Result<String, http::Error> {
    let response = http::get(url).await?;
    let (status, length) = (response.status(), response.body().length());
    let location = response.headers().get("location").map(|to| format!(" to {to:?}")).unwrap_or_default();
    let text = response.into_body().limit(100).text().await?;
    Ok(format!("{status}{location} {length:?} {text:?}"))
}

#[guest_runtime::parallel]
async fn get_elsewhere(url: String) -> String {
    match get(&url).await {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::Other => format!("{error:?}"),
        Err(error) => format!("{:?}: {error}", error.kind()),
    }
}

#[guest_runtime::main]
async fn main() {
    for url in std::env::args().skip(1) {
        let here = get_elsewhere(url.clone()).await;
        println!("{here}");
        assert_eq!(here, get_elsewhere(url).par().await, "in a job as in main");
    }
}
