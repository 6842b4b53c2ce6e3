//! A waker that uses the reactor while it is called, and one that uses it while it is dropped.
use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;
use guest_runtime::wait_for;
use wasi::clocks::monotonic_clock::subscribe_duration;

thread_local! {
    static STARTED: RefCell<Vec<Pin<Box<dyn Future<Output = ()>>>>> = RefCell::default();
}

/// Starts and drops timers, pollables and jobs, then wakes another waker.
struct Reenters(Waker);

impl Wake for Reenters {
    fn wake(self: Arc<Self>) {
        let mut context = Context::from_waker(&self.0);
        let hour = Duration::from_secs(3600);
        let futures: [Pin<Box<dyn Future<Output = ()>>>; 3] =
            [Box::pin(sleep(hour)), Box::pin(wait_for(subscribe_duration(1))), Box::pin((async || {}).par())];
        for mut future in futures {
            assert!(future.as_mut().poll(&mut context).is_pending());
            STARTED.with_borrow_mut(|started| started.push(future));
        }
        let dropped = STARTED.take().into_iter().step_by(2).count();
        assert_eq!(dropped, 2);
        self.0.wake_by_ref();
    }
}

/// Polls a future with such a waker.
async fn reentered(future: impl Future<Output = ()>) {
    let mut future = pin!(future);
    std::future::poll_fn(|context: &mut Context<'_>| {
        let waker = Waker::from(Arc::new(Reenters(context.waker().clone())));
        future.as_mut().poll(&mut Context::from_waker(&waker))
    })
    .await;
}

#[guest_runtime::main]
async fn main() {
    reentered(sleep(Duration::from_millis(1))).await;
    reentered(wait_for(subscribe_duration(1_000))).await;
    reentered((async || {}).par()).await;
    println!("woken");
}
