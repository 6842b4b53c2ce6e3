//! How a job ends that is to stop: what it started first, then itself, in time or by force.
//!
//! A cancelled job, one that took too long and one whose run is stopped come here. While what it started is
//! stopped, the job stands still. Then it is asked to stop, if it listens, and has what is left of its grace
//! time; a guest that computes is stopped at its next tick (`store/state.rs`).

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::time::{sleep, sleep_until};

use crate::job::call::{Children, Job, Reason, Stop, stop};
use crate::job::seat::Seat;
use crate::observe::event::Event;

/// What a job has to stop in that was asked so late that nothing of the grace time is left: its own jobs
/// took all of it. Most destructors take far less.
const LAST_WORDS: Duration = Duration::from_millis(2);

/// Polls the call of a guest until it has ended, or the job is stopped. `None` if it did not end by
/// itself.
///
/// What the job started is stopped first, while the job stands still. Then it is asked, if it
/// listens, and has what is left of the grace time to end.
pub(super) async fn until_stopped<F: Future>(
    mut call: Pin<&mut F>,
    seat: &Seat,
    children: &Children,
) -> Option<F::Output> {
    if let Some(output) = until_stopping(call.as_mut(), seat).await {
        return Some(output);
    }
    let job = &seat.job()?;
    job.tree().tell(|| Event::Stopping { job: job.spec.name() });
    // Also if its jobs take all the time there is.
    let is_to_be_asked = deadline(job) > Instant::now();
    all_stopped(job, children).await;
    if !is_to_be_asked || !children.is_cooperative() {
        return None;
    }
    let least = Instant::now() + LAST_WORDS;
    children.request_stop(least);
    until_late(call, job, least).await
}

/// Stops what a job that is to stop has started, by when it is to have stopped itself, and waits for
/// the end of that.
async fn all_stopped(job: &Arc<Job>, children: &Children) {
    let mut told = None;
    poll_fn(|context| {
        // Also when the deadline has come nearer.
        _ = job.poll_stopping(context);
        let deadline = deadline(job);
        if told != Some(deadline) {
            told = Some(deadline);
            children.stop_all(Stop { reason: Reason::Forgotten, deadline });
        }
        children.poll_all_gone(context)
    })
    .await;
}

/// Polls the call of a guest that was asked to stop, until it has, or has had its time.
async fn until_late<F: Future>(mut call: Pin<&mut F>, job: &Arc<Job>, least: Instant) -> Option<F::Output> {
    let mut time_up = pin!(sleep_until(deadline(job).max(least).into()));
    poll_fn(|context| {
        _ = job.poll_stopping(context);
        let deadline = deadline(job).max(least).into();
        if time_up.deadline() != deadline {
            time_up.as_mut().reset(deadline);
        }
        match call.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => time_up.as_mut().poll(context).map(|()| None),
        }
    })
    .await
}

/// By when a job that is to stop is to have stopped.
fn deadline(job: &Job) -> Instant {
    job.stop_deadline().unwrap_or_else(Instant::now)
}

/// Polls a future until it is ready, or its job is to stop. A job that has had its time is.
///
/// Which job that is may change while the future is polled. One with a limit of time is followed by none.
pub(super) async fn until_stopping<F: Future>(mut future: Pin<&mut F>, seat: &Seat) -> Option<F::Output> {
    let timeout = seat.ask(|job| job.spec.timeout).flatten();
    let mut time_up = timeout.map(|timeout| (timeout, Box::pin(sleep(timeout))));
    poll_fn(|context| {
        if seat.ask(|job| job.is_stopping()).unwrap_or(true) {
            return Poll::Ready(None);
        }
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        if let Some((timeout, timer)) = &mut time_up
            && timer.as_mut().poll(context).is_ready()
            && let Some(job) = seat.job()
        {
            job.stop(stop(job.tree(), Reason::TimedOut(*timeout)));
        }
        seat.ask(|job| job.poll_stopping(context)).unwrap_or(Poll::Ready(())).map(|()| None)
    })
    .await
}

/// Stops what a job started and did not wait for, and waits for the end of that.
pub(super) async fn end_all(children: &Children) {
    if children.live() > 0 {
        children.stop_all(stop(children.tree(), Reason::Forgotten));
        all_gone(children).await;
    }
}

async fn all_gone(children: &Children) {
    poll_fn(|context| children.poll_all_gone(context)).await;
}
