//! A parallel future outside of `block_on`: on another runtime, or on none.
//!
//! A future is woken by the runtime that awaits it. Other runtimes do not know about our jobs, but each can
//! wait for a pollable; and a program without a runtime can block.

use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use wasi::io::poll::Pollable;

use super::failure_mode::FailureMode;
use super::future::ParallelFuture;
use super::state::{Running, State};
use crate::reactor::Reactor;
use crate::{block_on, host};

/// Jobs outside of [`block_on`](crate::block_on()).
impl<T, M: FailureMode<T>> ParallelFuture<'_, T, M> {
    /// Starts the job now, and does not wait for it.
    ///
    /// Does nothing if the job has started already. If there is no room for another job, it starts when the
    /// future is next polled or waited for. It runs while this instance does something else; dropping the
    /// future cancels it. [Without a host](crate#without-a-host) it runs only while the future is polled or
    /// waited for.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// let mut job = (async |n: u64| n * n).par_with(7);
    /// job.start();
    /// let here = 8 * 8;
    /// assert_eq!(job.wait() + here, 49 + 64);
    /// ```
    pub fn start(&mut self) {
        self.state.start(&self.spec, None);
    }

    /// Returns a pollable that is ready when the job has ended, for a runtime other than this one.
    ///
    /// Starts the job, unless it has started; if there is no room for another job, this first waits until
    /// one ends. Several pollables of one job may exist; each is ready from the end of the job on, also after
    /// the value has been taken. Then [`wait`](Self::wait) and [`try_wait`](Self::try_wait) return the value
    /// at once. [Without a host](crate#without-a-host) nothing else would run the job, so this runs it to its
    /// end and returns a pollable that is ready.
    ///
    /// The type is that of the `wasi` crate (0.14) and of `wasip2` (1.0). With wstd it is
    /// `AsyncPollable::new(job.pollable()).wait_for().await`.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    /// use wasi::clocks::monotonic_clock::subscribe_duration;
    /// use wasi::io::poll::poll;
    ///
    /// let mut job = (async || 7).par();
    /// let (ended, late) = (job.pollable(), subscribe_duration(60_000_000_000));
    /// assert_eq!(poll(&[&late, &ended]), [1]);
    /// assert_eq!(job.wait(), 7);
    /// ```
    ///
    /// # Cancellation
    ///
    /// Dropping the pollable changes nothing. Dropping the future cancels the job, and its pollables become
    /// ready.
    #[must_use = "a pollable does nothing until it is polled"]
    pub fn pollable(&mut self) -> Pollable {
        self.start();
        // There is no room: each turn of the reactor may collect a job that has ended.
        while matches!(self.state, State::Queued(_)) && Reactor::park() {
            self.start();
        }
        match &mut self.state {
            State::Running(Running::Remote(job), _) => return job.pollable(),
            // No pollable would make a local job run.
            State::Running(Running::Local(job), _) => {
                block_on::run_anywhere(poll_fn(|context| job.poll_end(context)), self.spec.entry.name());
            }
            _ => {}
        }
        host::always_ready()
    }

    /// Returns the value if the job has ended; a `Result` if the failure is [caught](Self::catch).
    ///
    /// Starts the job, unless it has started. Never blocks. [Without a host](crate#without-a-host) it runs the
    /// job until that waits, so a caller that tries again and again gets the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    /// use std::time::Duration;
    ///
    /// let mut job = (async || 7).par();
    /// job.pollable().block();
    /// assert_eq!(job.try_wait(), Some(7));
    ///
    /// let mut long = (async || guest_runtime::time::sleep(Duration::from_secs(3600)).await).par();
    /// assert_eq!(long.try_wait(), None);
    /// ```
    ///
    /// # Panics
    ///
    /// If the job has failed and the failure is not caught, and if the value has been taken before.
    #[must_use = "this takes the value: afterwards it is gone"]
    #[track_caller]
    pub fn try_wait(&mut self) -> Option<M::Output> {
        self.start();
        let _entered = block_on::enter_if_outside();
        let mut context = Context::from_waker(Waker::noop());
        let mut polled = self.poll_outcome(&mut context);
        if polled.is_pending() {
            // No reactor turns here, so outcomes are collected by hand.
            if host::has_no_host() {
                Reactor::look();
            } else {
                host::collect_all();
            }
            polled = self.poll_outcome(&mut context);
        }
        match polled {
            Poll::Ready(outcome) => Some(M::output(outcome, || self.spec.name(), self.spec.called_at)),
            Poll::Pending => None,
        }
    }

    /// Blocks this instance until the job has ended, and returns its value; a `Result` if the failure is
    /// [caught](Self::catch).
    ///
    /// Starts the job, unless it has started. It works everywhere, also in a function that an `async fn` calls,
    /// where it blocks the other futures of this instance, but not its core; see [`Wait::wait`]. On another
    /// runtime it blocks everything else that runs there, unless the [`pollable`](Self::pollable) was ready
    /// before.
    ///
    /// [`Wait::wait`]: crate::Wait::wait
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// fn main() {
    ///     let (mut a, b) = ((async || 1).par(), (async || 2).par());
    ///     a.start();
    ///     assert_eq!(b.wait() + a.wait(), 3);
    ///
    ///     let divided = (async |n: u32| 12 / n).par_with(0);
    ///     assert!(divided.catch().wait().unwrap_err().to_string().ends_with("divide by zero"));
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// If the job fails and the failure is not caught.
    #[track_caller]
    pub fn wait(mut self) -> M::Output {
        let name = self.spec.entry.name();
        let outcome = poll_fn(|context| {
            self.state.start(&self.spec, Some(context.waker()));
            self.poll_outcome(context)
        });
        let outcome = block_on::run_anywhere(outcome, name);
        M::output(outcome, || self.spec.name(), self.spec.called_at)
    }
}
