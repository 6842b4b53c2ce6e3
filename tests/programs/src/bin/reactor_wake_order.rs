//! Futures that become ready together are woken in the order in which they began to wait.
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use guest_runtime::time::{Sleep, sleep};
use guest_runtime::wait_for;
use wasi::clocks::monotonic_clock::{now, subscribe_instant};

struct Log(usize, Waker, Arc<Mutex<Vec<usize>>>);

impl Wake for Log {
    fn wake(self: Arc<Self>) {
        self.2.lock().unwrap().push(self.0);
        self.1.wake_by_ref();
    }
}

/// Polls each future with a waker of its own, and returns the order in which they were called.
async fn order<F: Future<Output = ()>>(futures: Vec<F>) -> Vec<usize> {
    let log = Arc::new(Mutex::new(Vec::new()));
    let futures = Rc::new(RefCell::new(futures.into_iter().map(|f| Some(Box::pin(f))).collect::<Vec<_>>()));
    std::future::poll_fn(|context| {
        for (number, slot) in futures.borrow_mut().iter_mut().enumerate() {
            let waker = Waker::from(Arc::new(Log(number, context.waker().clone(), Arc::clone(&log))));
            if let Some(future) = slot
                && future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready()
            {
                *slot = None;
            }
        }
        if futures.borrow().iter().all(Option::is_none) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    log.lock().unwrap().clone()
}

#[guest_runtime::main]
async fn main() {
    let soon = now() + 5_000_000;
    println!("{:?}", order((0..8).map(|_| wait_for(subscribe_instant(soon))).collect()).await);
    println!("{:?}", order(sleeps()).await);
}

/// Sleeps with these deadlines, in milliseconds.
fn sleeps() -> Vec<Sleep> {
    loop {
        let start = Instant::now();
        let sleeps = [250, 150, 300, 200, 225, 175].map(|millis| sleep(Duration::from_millis(millis))).into();
        // On a busy machine the last may be made long after the first, and then have a later deadline.
        if start.elapsed() < Duration::from_millis(20) {
            return sleeps;
        }
    }
}
