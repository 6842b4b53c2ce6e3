//! Handles HTTP requests with the guest runtime. The path says what to do.

use std::cell::Cell;
use std::time::Duration;

use guest_runtime::http::{self, Body, Error, Event, Request, Response, StatusCode};
use guest_runtime::prelude::*;
use guest_runtime::{Sender, time};

/// What an instance keeps from one request to the next.
struct State {
    requests: Cell<u32>,
}

async fn prepare() -> State {
    // It may wait, as for a connection.
    time::sleep(Duration::from_millis(1)).await;
    State { requests: Cell::new(0) }
}

#[guest_runtime::parallel]
async fn square(n: u64) -> u64 {
    n * n
}

#[guest_runtime::parallel]
async fn wait() {
    eprintln!("the job waits");
    time::sleep(Duration::from_secs(3_600)).await;
}

/// Sends the numbers up to this one, each after a pause.
#[guest_runtime::parallel]
async fn count(to: u32, out: Sender<u32>) {
    for n in 1..=to {
        time::sleep(Duration::from_millis(20)).await;
        out.send(n).await;
    }
}

#[guest_runtime::serve(state = prepare)]
async fn handle(state: &State, request: Request<Body>) -> Result<Response<Body>, Error> {
    state.requests.set(state.requests.get() + 1);
    let text = match request.uri().path() {
        "/" => "hello\n".to_owned(),
        "/number" => format!("{}\n", state.requests.get()),
        "/head" => {
            let (method, uri) = (request.method(), request.uri());
            format!("{method} {uri} {:?}\n", request.headers()["x-forwarded-for"])
        }
        "/echo" => return Ok(Response::new(request.into_body())),
        "/upper" => request.into_body().limit(100).text().await?.to_uppercase(),
        "/squares" => {
            let squares = (1..=10).map(|n| square(n).par()).collect::<Vec<_>>().join().await;
            format!("{}\n", squares.iter().sum::<u64>())
        }
        "/job" => {
            wait().par().await;
            String::new()
        }
        "/events" => {
            let numbers = guest_runtime::stream(|out| count(3, out).par());
            return Ok(http::events(numbers.map(|n| Event::new(n.to_string()).named("number"))));
        }
        "/endless" => {
            let numbers = guest_runtime::stream(|out| count(u32::MAX, out).par());
            return Ok(Response::new(Body::stream(numbers.map(|n| format!("{n}\n")))));
        }
        "/forbidden-header" => {
            return Ok(Response::builder().header("connection", "close").body(().into())?);
        }
        "/panic" => panic!("as requested"),
        _ => return Ok(Response::builder().status(StatusCode::NOT_FOUND).body("no such path\n".into())?),
    };
    Ok(Response::new(text.into()))
}
