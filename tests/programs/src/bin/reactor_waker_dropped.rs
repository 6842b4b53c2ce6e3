//! A waker may own a future, which is then dropped where the runtime drops the waker.
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;
use guest_runtime::wait_for;
use wasi::clocks::monotonic_clock::subscribe_duration;

const HOUR: Duration = Duration::from_secs(3600);

/// Owns futures that are waiting.
struct Owner(
    #[expect(dead_code, reason = "it is there to be dropped")] Mutex<Vec<Box<dyn Future<Output = ()>>>>,
);

// SAFETY: an instance has one thread, so there is no other that it could be sent to.
#[expect(unsafe_code, reason = "a waker has to be Send, and there is only one thread")]
unsafe impl Send for Owner {}
// SAFETY: as above: it is never shared across threads.
#[expect(unsafe_code, reason = "a waker has to be Sync, and there is only one thread")]
unsafe impl Sync for Owner {}

impl Wake for Owner {
    fn wake(self: Arc<Self>) {}
}

fn owner(context: &mut Context<'_>) -> Waker {
    let mut futures: Vec<Pin<Box<dyn Future<Output = ()>>>> = vec![
        Box::pin(sleep(HOUR)),
        Box::pin(wait_for(subscribe_duration(HOUR.as_nanos() as u64))),
        Box::pin((async || sleep(HOUR).await).par()),
    ];
    futures.iter_mut().for_each(|future| assert!(future.as_mut().poll(context).is_pending()));
    let futures = futures.into_iter().map(|future| Box::new(future) as Box<dyn Future<Output = ()>>);
    Waker::from(Arc::new(Owner(Mutex::new(futures.collect()))))
}

/// Polls a future twice, so that the second waker replaces the first, then drops both.
async fn twice(name: &str, future: impl Future<Output = ()>) {
    {
        let mut future = pin!(future);
        for _ in 0..2 {
            let pending = std::future::poll_fn(|context| {
                let waker = owner(context);
                let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
                std::task::Poll::Ready(polled.is_pending())
            });
            assert!(pending.await);
        }
    }
    println!("{name}");
}

#[guest_runtime::main]
async fn main() {
    match std::env::args().nth(1).unwrap().as_str() {
        "sleep" => twice("sleep", sleep(HOUR)).await,
        "pollable" => twice("pollable", wait_for(subscribe_duration(HOUR.as_nanos() as u64))).await,
        _ => twice("job", (async || sleep(HOUR).await).par()).await,
    }
}
