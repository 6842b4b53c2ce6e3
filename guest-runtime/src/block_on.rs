//! Polls the one root future, and parks in the reactor while it waits.
//!
//! There is no executor here, because there is nothing to keep in a queue: without `spawn` an
//! instance has exactly one future, and everything else is inside it.

use std::any::type_name;
use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use crate::exit::exit;
use crate::host::{is_stopping, listen};
use crate::reactor::Reactor;

/// Polls of a future that keeps waking itself, between two looks at what it does not wait for.
///
/// A look costs a host call of about 1 us. A future that yields in a loop pays a 32nd of that.
const POLLS_PER_LOOK: u32 = 32;

/// Runs a future to its end on this instance, and returns what it returns.
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
///   otherwise hang the program for ever.
///
/// # Cancellation
///
/// When the host asks the app to stop (by Ctrl-C, say), the future is dropped at the next moment in
/// which it waits, so its destructors run, and the program ends.
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    // Its code is of no account: the host knows best how this run ended.
    until_stopped(future, type_name::<F>()).unwrap_or_else(|| exit(1))
}

/// The same, but `None`, with the future dropped, when this instance is asked to stop. The name is what
/// the future is called where it waits for nothing.
#[track_caller]
pub(crate) fn until_stopped<F: Future>(future: F, name: &str) -> Option<F::Output> {
    let _entered = Entered::enter();
    run(future, name)
}

/// Runs a future to its end wherever this is called, also inside `block_on`, and nothing else meanwhile.
#[track_caller]
pub(crate) fn hold_up<F: Future>(future: F, name: &str) -> Option<F::Output> {
    let _within = within();
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
        if root.take_wake() {
            polls_in_a_row += 1;
            if polls_in_a_row == POLLS_PER_LOOK {
                polls_in_a_row = 0;
                listen();
                Reactor::look();
                if is_stopping() {
                    return None;
                }
            }
            continue;
        }
        polls_in_a_row = 0;
        while !root.take_wake() {
            listen();
            assert!(
                Reactor::park(),
                "deadlock: `{}` waits, but not for a timer, a job, a stream or another pollable, \
                 so nothing can ever wake it",
                // The closures are what the compiler makes of `async`.
                name.trim_end_matches("::{{closure}}")
            );
            if is_stopping() {
                return None;
            }
        }
    }
}

/// The waker of the root future: a flag, because there is only one future to poll.
#[derive(Default)]
struct Root {
    woken: AtomicBool,
}

impl Root {
    /// The one of the last run, so that no job allocates one; or another, if a waker of it is still
    /// around, perhaps that of a run which goes on around this one.
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

/// Whether this code is run by a `block_on`.
pub(crate) fn is_entered() -> bool {
    ENTERED.get()
}

/// Makes what is called here run as if inside `block_on`, unless it does.
pub(crate) fn within() -> Option<Entered> {
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
