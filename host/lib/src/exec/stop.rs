//! How a job is stopped: first its own jobs, then the job itself, within its grace period or by force.
//!
//! This handles a cancelled job, a job that timed out, and a job whose run is stopped. The job is not polled
//! while its own jobs are stopped. Then, if it is cooperative, it is requested to stop, and has the rest of
//! its grace period. A guest that computes is stopped at its next tick (`store/state.rs`).

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::time::{sleep, sleep_until};

use crate::job::call::{Children, Job, Reason, Stop, stop};
use crate::job::current_job::CurrentJob;
use crate::observe::event::Event;

/// The least time that a job has to end after it was requested to stop, if its own jobs took all of the grace
/// period. Most destructors take far less.
const LAST_WORDS: Duration = Duration::from_millis(2);

/// Polls the call of a guest until it has ended, or its job is stopped. Returns `None` if it did not end by
/// itself.
///
/// A stop first stops the job's own jobs, while the job is not polled. Then the job, if it is cooperative, is
/// requested to stop, and has the rest of the grace period to end.
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
    // Decided before, because its own jobs may take the rest of the grace period.
    let is_to_be_asked = deadline(job) > Instant::now();
    stop_children(job, children).await;
    if !is_to_be_asked || !children.is_cooperative() {
        return None;
    }
    let least = Instant::now() + LAST_WORDS;
    children.request_stop(least);
    run_for_grace(call, job, least).await
}

/// Stops the jobs that a stopping job has started, with its own deadline, and waits until they are gone.
async fn stop_children(job: &Arc<Job>, children: &Children) {
    let mut told = None;
    poll_fn(|context| {
        // Registers the waker for an earlier deadline, too.
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

/// Polls the call of a guest that was requested to stop, until it has ended or its time is up.
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

/// Returns the deadline by which a stopping job must have stopped.
fn deadline(job: &Job) -> Instant {
    job.stop_deadline().unwrap_or_else(Instant::now)
}

/// Polls a future until it is ready, or its job has to stop. Stops a job that exceeds its timeout.
///
/// The current job may change while the future is polled. A job with a timeout is never followed by another.
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

/// Stops the jobs that a job started and did not await, and waits until they are gone.
pub(super) async fn stop_and_join(children: &Children) {
    if children.live() > 0 {
        children.stop_all(stop(children.tree(), Reason::Forgotten));
        children_gone(children).await;
    }
}

async fn children_gone(children: &Children) {
    poll_fn(|context| children.poll_all_gone(context)).await;
}
