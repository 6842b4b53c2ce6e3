//! A parallel future outside of `block_on`: on another runtime, or on none.
//!
//! A future is woken by the runtime that it is awaited in. Others know nothing of our jobs, but
//! every one of them can wait for a pollable; and who has no runtime waits by blocking.

use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use wasi::io::poll::Pollable;

use super::future::{Catch, ParallelFuture, Running, State};
use crate::failure::or_panic;
use crate::reactor::Reactor;
use crate::{Failure, block_on, host};

impl<T> ParallelFuture<'_, T> {
    /// Starts the job now, and does not wait for it.
    ///
    /// Does nothing if the job has started already. If too many are under way, it starts when the
    /// future is looked at again. It goes on while this instance does something
    /// else; dropping the future stops it. [Without a host](crate#without-a-host) it goes on only when the
    /// future is looked at.
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
        self.0.start();
    }

    /// A pollable that is ready when the job has ended, for a runtime other than this one.
    ///
    /// Starts the job, if that has not happened; if too many are under way, this first waits for the
    /// end of one. There may be several; each is ready from the end of the job on, also when the
    /// value has been taken. Then [`wait`](Self::wait) and
    /// [`try_wait`](Self::try_wait) have the value at once. [Without a host](crate#without-a-host) nobody
    /// else runs the job, so this runs it to its end, and returns a pollable that is ready.
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
    /// Dropping the pollable changes nothing. When the future is dropped, the job is stopped, and
    /// its pollables are ready.
    #[must_use = "a pollable does nothing until somebody polls it"]
    pub fn pollable(&mut self) -> Pollable {
        self.0.pollable()
    }

    /// The value, if the job has ended.
    ///
    /// Starts the job, if that has not happened. Never blocks; [without a host](crate#without-a-host) it
    /// lets the job go on until that waits, so who calls this again and again gets the value.
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
    /// When the job has no value, as if it were awaited; and when the value has been taken before.
    #[must_use = "this takes the value: afterwards it is gone"]
    #[track_caller]
    pub fn try_wait(&mut self) -> Option<T> {
        self.0.try_wait().map(|outcome| or_panic(|| self.0.name(), self.0.called_at, outcome))
    }

    /// Blocks until the job has ended, and returns its value.
    ///
    /// Starts the job, if that has not happened. This needs no runtime. On another runtime it holds
    /// up all else that runs there, unless the [`pollable`](Self::pollable) was ready before.
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
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// When the job has no value, as if it were awaited. And inside [`block_on`], so in an
    /// `async fn main` of this crate or in a job: `.await` the future there.
    ///
    /// [`block_on`]: crate::block_on()
    #[track_caller]
    pub fn wait(self) -> T {
        let (job, called_at) = (self.0.name().to_owned(), self.0.called_at);
        or_panic(|| &job, called_at, self.0.wait())
    }
}

impl<T> Catch<'_, T> {
    /// Starts the job now, as [`ParallelFuture::start`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// let mut job = (async || 1).par().catch();
    /// job.start();
    /// assert_eq!(job.wait(), Ok(1));
    /// ```
    pub fn start(&mut self) {
        self.start_for(None);
    }

    /// A pollable that is ready when the job has ended, as [`ParallelFuture::pollable`] gives it.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// let mut job = (async || -> u32 { panic!("no luck") }).par().catch();
    /// job.pollable().block();
    /// assert!(job.wait().unwrap_err().to_string().ends_with("no luck"));
    /// ```
    ///
    /// # Cancellation
    ///
    /// As for [`ParallelFuture::pollable`].
    #[must_use = "a pollable does nothing until somebody polls it"]
    pub fn pollable(&mut self) -> Pollable {
        self.start();
        while matches!(self.state, State::Waiting(_)) && Reactor::park() {
            self.start();
        }
        match &mut self.state {
            State::Started(Running::Remote(job), _) => return job.pollable(),
            // There is no pollable that would have it run.
            State::Started(Running::Local(job), _) => {
                block_on::run_nested(poll_fn(|context| job.poll_end(context)), self.entry.name());
            }
            _ => {}
        }
        host::always_ready()
    }

    /// The value or the failure, if the job has ended; see [`ParallelFuture::try_wait`].
    ///
    /// # Errors
    ///
    /// The [`Failure`] of the job.
    ///
    /// # Panics
    ///
    /// When the outcome has been taken before.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// let mut job = (async || 1).par().catch();
    /// job.pollable().block();
    /// assert_eq!(job.try_wait(), Some(Ok(1)));
    /// ```
    #[must_use = "this takes the outcome: afterwards it is gone"]
    pub fn try_wait(&mut self) -> Option<Result<T, Failure>> {
        self.start();
        let _entered = block_on::enter_if_outside();
        let mut context = Context::from_waker(Waker::noop());
        let mut polled = self.poll_started(&mut context);
        if polled.is_pending() {
            // No reactor has looked on our behalf.
            if host::has_no_host() {
                Reactor::look();
            } else {
                host::collect_all();
            }
            polled = self.poll_started(&mut context);
        }
        match polled {
            Poll::Ready(outcome) => Some(outcome),
            Poll::Pending => None,
        }
    }

    /// Blocks until the job has ended; see [`ParallelFuture::wait`].
    ///
    /// # Errors
    ///
    /// The [`Failure`] of the job.
    ///
    /// # Panics
    ///
    /// Inside [`block_on`]: `.await` the future there.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// assert_eq!((async || 1).par().catch().wait(), Ok(1));
    /// ```
    ///
    /// [`block_on`]: crate::block_on()
    #[track_caller]
    pub fn wait(self) -> Result<T, Failure> {
        assert!(
            !block_on::is_entered(),
            "`wait` was called inside `block_on`, where it would hold up everything else: `.await` job `{}` instead",
            self.name()
        );
        block_on(self)
    }
}
