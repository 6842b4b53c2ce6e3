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
use crate::job::current_job::CurrentJob;
use crate::observe::event::Event;

/// What a job has to stop in that was asked so late that nothing of the grace time is left: its own jobs
/// took all of it. Most destructors take far less.
const LAST_WORDS: Duration = Duration::from_millis(2);

/// Polls the call of a guest until it has ended, or the job is stopped. `None` if it did not end by
/// itself.
///
/// What the job started is stopped first, while the job stands still. Then it is asked, if it
/// listens, and has what is left of the grace time to end.
pub(super) async fn run_unless_stopped<F: Future>(
    mut call: Pin<&mut F>,
    current: &CurrentJob,
    children: &Children,
) -> Option<F::Output> {
    if let Some(output) = run_until_stop(call.as_mut(), current).await {
        return Some(output);
    }
    let job = &current.job()?;
    job.tree().tell(|| Event::Stopping { job: job.spec.name() });
    // Also if its jobs take all the time there is.
    let is_to_be_asked = deadline(job) > Instant::now();
    stop_children(job, children).await;
    if !is_to_be_asked || !children.is_cooperative() {
        return None;
    }
    let least = Instant::now() + LAST_WORDS;
    children.request_stop(least);
    run_for_grace(call, job, least).await
}

/// Stops what a job that is to stop has started, by when it is to have stopped itself, and waits for
/// the end of that.
async fn stop_children(job: &Arc<Job>, children: &Children) {
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
async fn run_for_grace<F: Future>(
    mut call: Pin<&mut F>,
    job: &Arc<Job>,
    least: Instant,
) -> Option<F::Output> {
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
pub(super) async fn run_until_stop<F: Future>(
    mut future: Pin<&mut F>,
    current: &CurrentJob,
) -> Option<F::Output> {
    let timeout = current.with(|job| job.spec.timeout).flatten();
    let mut time_up = timeout.map(|timeout| (timeout, Box::pin(sleep(timeout))));
    poll_fn(|context| {
        if current.with(|job| job.is_stopping()).unwrap_or(true) {
            return Poll::Ready(None);
        }
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        if let Some((timeout, timer)) = &mut time_up
            && timer.as_mut().poll(context).is_ready()
            && let Some(job) = current.job()
        {
            job.stop(stop(job.tree(), Reason::TimedOut(*timeout)));
        }
        current.with(|job| job.poll_stopping(context)).unwrap_or(Poll::Ready(())).map(|()| None)
    })
    .await
}

/// Stops what a job started and did not wait for, and waits for the end of that.
pub(super) async fn stop_and_join(children: &Children) {
    if children.live() > 0 {
        children.stop_all(stop(children.tree(), Reason::Forgotten));
        children_gone(children).await;
    }
}

async fn children_gone(children: &Children) {
    poll_fn(|context| children.poll_all_gone(context)).await;
}
