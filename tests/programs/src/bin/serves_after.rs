//! Handles HTTP requests, and goes on after each response.

use std::time::Duration;

use guest_runtime::http::{Body, Request, Responder, Response};
use guest_runtime::time;

#[guest_runtime::serve]
async fn handle(request: Request<Body>, responder: Responder) {
    if request.uri().path() == "/nothing" {
        return;
    }
    let sent = responder.send(Response::new("answered\n")).await;
    time::sleep(Duration::from_millis(50)).await;
    eprintln!("after the response: {sent:?}");
}
