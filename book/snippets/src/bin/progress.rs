//! Sends an event for each job that has ended.
use guest_runtime::http::{self, Body, Event, Request, Response};
use guest_runtime::prelude::*;
use guest_runtime::{Sender, stream};

#[guest_runtime::serve]
async fn handle(_request: Request<Body>) -> Response<Body> {
    let done = stream(|out| work(out).par());
    http::events(done.map(|step| Event::new(format!("step {step}")).named("done")))
}

#[guest_runtime::parallel]
async fn work(out: Sender<u32>) {
    for step in 1..=3 {
        out.send(step).await;
    }
}
