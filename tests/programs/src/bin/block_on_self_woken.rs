//! A future that wakes itself is polled again, with nothing else to wait for.
use std::task::Poll;

fn main() {
    let mut polls = 0_u32;
    let woken = std::future::poll_fn(|context| {
        polls += 1;
        if polls == 100_000 {
            return Poll::Ready("ready");
        }
        context.waker().wake_by_ref();
        Poll::Pending
    });
    println!("{}", guest_runtime::block_on(woken));
    println!("{polls} polls");
}
