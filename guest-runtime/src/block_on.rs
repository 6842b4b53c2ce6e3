//! Polls the root future of an instance, and parks in the reactor while it waits.
//!
//! This is no executor, because there is nothing to queue: without `spawn` an instance has exactly one
//! root future, and every other future is part of it. A function that is not `async` may wait for a future of
//! its own: that runs to its end before the root future goes on.

use std::any::type_name;
use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use crate::exit::exit;
use crate::host::{is_stop_requested, watch_for_stop};
use crate::reactor::Reactor;

/// How often a future that keeps waking itself is polled between two looks at the reactor.
///
/// A look costs a host call of about 1 us. A future that yields in a loop pays a 32nd of that.
const POLLS_PER_LOOK: u32 = 32;

/// Runs a future to completion on this instance, and returns its output.
///
/// While the future waits, the instance is suspended in `wasi:io/poll` and uses no core. When
/// this function returns, nothing that the future started is still running.
///
/// [`#[guest_runtime::main]`](crate::main) writes this call for you.
///
/// # Examples
///
/// ```
/// let answer = guest_runtime::block_on(async { 6 * 7 });
/// assert_eq!(answer, 42);
/// ```
///
/// # Panics
///
/// * When it is called inside another `block_on`: `.await` the future instead, or, in a function that is not
///   `async`, [`wait`](Wait::wait) for it.
/// * When the future waits for something that can no longer happen. Such a deadlock would
///   otherwise hang the program forever.
///
/// # Cancellation
///
/// When the host asks the app to stop, for example after Ctrl-C, the future is dropped the next time it
/// waits. Its destructors run, and the program ends.
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    // The exit code does not matter: the host knows why it stopped this run.
    run_unless_stopped(future, type_name::<F>()).unwrap_or_else(|| exit(1))
}

/// Waiting for a future in a function that is not `async`.
///
/// Every future has it, among them jobs and parallel iterators.
///
/// # Examples
///
/// `total` is a plain function. A program without a runtime can call it, and so can an `async fn`:
///
/// ```
/// use guest_runtime::prelude::*;
///
/// fn total(words: &[String]) -> usize {
///     words.par_map(async |word| word.len()).wait().into_iter().sum()
/// }
///
/// let words = ["one", "two", "three"].map(String::from);
/// assert_eq!(total(&words), 11);
/// guest_runtime::block_on(async { assert_eq!(total(&words), 11) });
/// ```
pub trait Wait: IntoFuture {
    /// Blocks this instance until the future is ready, and returns its output.
    ///
    /// It works everywhere: outside and inside of [`block_on()`], in a job, in a destructor, and in a function
    /// that another wait has called. Jobs run on, on all cores, and so does everything else on the core of
    /// this instance. But the other futures of this instance make no progress meanwhile, so an `async fn`
    /// should `.await` instead.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// assert_eq!((async || 2).par().wait(), 2);
    /// assert_eq!((async { 1 }, (async || 2).par()).join().wait(), (1, 2));
    /// ```
    ///
    /// # Panics
    ///
    /// If the future panics, as a job that fails does, and if it waits for something that can no longer happen.
    /// A future of this instance that is blocked can make nothing happen.
    ///
    /// # Cancellation
    ///
    /// When this instance is asked to stop, the future is dropped and the instance ends. The futures around the
    /// call are not dropped, because it cannot return to them, so their destructors do not run. In a destructor
    /// that runs because of the stop, the future is polled until it is ready or the grace period is over; a job
    /// that it starts is [refused](crate::Refusal::Stopping).
    #[track_caller]
    fn wait(self) -> Self::Output
    where
        Self: Sized;
}

impl<F: IntoFuture> Wait for F {
    #[track_caller]
    fn wait(self) -> F::Output {
        run_anywhere(self.into_future(), type_name::<F>())
    }
}

/// Runs a future to completion, or drops it and returns `None` when this instance is asked to stop.
///
/// `name` names the future in the message about a deadlock.
#[track_caller]
pub(crate) fn run_unless_stopped<F: Future>(future: F, name: &str) -> Option<F::Output> {
    let _entered = Entered::enter();
    run(future, name)
}

/// Runs a future to completion, also inside of a `block_on`, where nothing else runs meanwhile. When this instance
/// is asked to stop, it drops the future and ends the instance.
#[track_caller]
pub(crate) fn run_anywhere<F: Future>(future: F, name: &str) -> F::Output {
    let _entered = enter_if_outside();
    run(future, name).unwrap_or_else(|| exit(1))
}

#[track_caller]
fn run<F: Future>(future: F, name: &str) -> Option<F::Output> {
    // A destructor that runs because of a stop may wait.
    let was_stopping = is_stop_requested();
    let mut future = pin!(future);
    let root = Root::unshared();
    let waker = Waker::from(Arc::clone(&root));
    let mut context = Context::from_waker(&waker);
    let mut polls_in_a_row = 0;
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        // The future woke itself. It is polled again at once, but not forever without a look at the
        // reactor: timers and jobs of other futures may be ready, or a stop may be requested.
        if root.take_wake() {
            polls_in_a_row += 1;
            if polls_in_a_row == POLLS_PER_LOOK {
                polls_in_a_row = 0;
                watch_for_stop();
                Reactor::look();
                if is_stop_requested() && !was_stopping {
                    return None;
                }
            }
            continue;
        }
        polls_in_a_row = 0;
        // The future waits. A turn of the reactor may wake futures that are gone, so several turns may
        // pass until the root is woken.
        while !root.take_wake() {
            watch_for_stop();
            assert!(
                Reactor::park(),
                "deadlock: `{}` waits, but not for a timer, a job, a stream or another pollable, \
                 so nothing can ever wake it",
                // The compiler adds the closures for `async`.
                name.trim_end_matches("::{{closure}}")
            );
            if is_stop_requested() && !was_stopping {
                return None;
            }
        }
    }
}

/// The waker of the root future. A flag is enough, because there is only one future to poll.
#[derive(Default)]
struct Root {
    woken: AtomicBool,
}

impl Root {
    /// Returns the waker of the last run, so that jobs do not allocate one each; or a new one if the last
    /// is still referenced, for example by a run that encloses this one.
    fn unshared() -> Arc<Self> {
        let last = ROOT.with(Arc::clone);
        let is_unshared = Arc::strong_count(&last) == 2;
        let root = if is_unshared { last } else { Arc::default() };
        root.take_wake();
        root
    }

    fn take_wake(&self) -> bool {
        self.woken.swap(false, Ordering::Relaxed)
    }
}

impl Wake for Root {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // An instance has one thread, so there is nothing to order.
        self.woken.store(true, Ordering::Relaxed);
    }
}

thread_local! {
    static ROOT: Arc<Root> = Arc::default();
    static ENTERED: Cell<bool> = const { Cell::new(false) };
}

/// Returns whether the caller runs inside a `block_on`.
pub(crate) fn is_entered() -> bool {
    ENTERED.get()
}

/// Makes the code that follows run as if inside `block_on`, unless it already does.
pub(crate) fn enter_if_outside() -> Option<Entered> {
    (!is_entered()).then(Entered::enter)
}

/// Proof that this is the only `block_on` on the stack.
pub(crate) struct Entered;

impl Entered {
    #[track_caller]
    fn enter() -> Self {
        assert!(
            !ENTERED.replace(true),
            "`block_on` was called inside another `block_on`: `.await` the future instead, or, in a function \
             that is not `async`, `.wait()` for it"
        );
        Self
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        ENTERED.set(false);
    }
}
