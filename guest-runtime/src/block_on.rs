//! Polls the root future of an instance, and parks in the reactor while it waits.
//!
//! This is no executor, because there is nothing to queue: without `spawn` an instance has exactly one
//! root future, and every other future is part of it.

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
/// * When it is called inside another `block_on`: await the future instead.
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

/// Runs a future to completion, or drops it and returns `None` when this instance is asked to stop.
///
/// `name` names the future in the message about a deadlock.
#[track_caller]
pub(crate) fn run_unless_stopped<F: Future>(future: F, name: &str) -> Option<F::Output> {
    let _entered = Entered::enter();
    run(future, name)
}

/// Does the same, also inside of a `block_on`, where nothing else runs meanwhile.
#[track_caller]
pub(crate) fn run_nested<F: Future>(future: F, name: &str) -> Option<F::Output> {
    let _entered = enter_if_outside();
    run(future, name)
}

#[track_caller]
fn run<F: Future>(future: F, name: &str) -> Option<F::Output> {
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
                if is_stop_requested() {
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
            if is_stop_requested() {
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
            "`block_on` was called inside another `block_on`: `.await` the future instead"
        );
        Self
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        ENTERED.set(false);
    }
}
