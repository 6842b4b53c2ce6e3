//! Keeps a table in each instance, and logs each request after its response.
use std::collections::HashMap;

use guest_runtime::http::{Body, Request, Responder, Response};

struct Words(HashMap<&'static str, &'static str>);

async fn read() -> Words {
    Words(HashMap::from([("/one", "eins"), ("/two", "zwei")]))
}

#[guest_runtime::serve(state = read)]
async fn handle(words: &Words, request: Request<Body>, responder: Responder) {
    let path = request.uri().path();
    let word = words.0.get(path).copied().unwrap_or("unknown");
    let sent = responder.send(Response::new(word)).await;
    eprintln!("{path}: {}", if sent.is_ok() { "sent" } else { "cut short" });
}
