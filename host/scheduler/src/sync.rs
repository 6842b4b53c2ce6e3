//! The means of synchronisation: those of std, or those of a model: with `--cfg loom` of one that
//! tries every order in which few threads may run, with `--cfg shuttle` of one that tries some orders of
//! more threads.

#[cfg(loom)]
pub(crate) use loom::sync::{
    Mutex, MutexGuard,
    atomic::{self, AtomicBool, AtomicUsize, Ordering},
};
#[cfg(shuttle)]
pub(crate) use shuttle::sync::{
    Mutex, MutexGuard,
    atomic::{self, AtomicBool, AtomicUsize, Ordering},
};
#[cfg(not(any(loom, shuttle)))]
pub(crate) use std::sync::{
    Mutex, MutexGuard,
    atomic::{self, AtomicBool, AtomicUsize, Ordering},
};

use std::sync::PoisonError;

#[cfg(not(any(loom, shuttle)))]
pub(crate) use futures_util::task::AtomicWaker;
#[cfg(any(loom, shuttle))]
pub(crate) use waker::AtomicWaker;

/// Locks. What these locks protect is never left half-written, so a panic elsewhere is no reason
/// to stop.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A fence, which the bug `no-fence` leaves out.
pub(crate) fn fence(ordering: Ordering) {
    if !planted("no-fence") {
        atomic::fence(ordering);
    }
}

/// Whether this bug has been planted, to see that a model finds it: with `--cfg planted`, by the name
/// in the variable `PLANTED`.
#[cfg(planted)]
pub(crate) fn planted(bug: &str) -> bool {
    std::env::var_os("PLANTED").is_some_and(|planted| planted == bug)
}

#[cfg(not(planted))]
pub(crate) const fn planted(_bug: &str) -> bool {
    false
}

#[cfg(any(loom, shuttle))]
mod waker {
    //! The models know no such waker. This one promises what `AtomicWaker` does: of a registration and a
    //! wake-up at the same time, either the wake-up finds the waker, or who registers sees all that
    //! was done before it.

    use std::task::Waker;

    use super::{Mutex, lock};

    #[derive(Debug, Default)]
    pub(crate) struct AtomicWaker(Mutex<Option<Waker>>);

    impl AtomicWaker {
        pub(crate) fn new() -> Self {
            Self::default()
        }

        pub(crate) fn register(&self, waker: &Waker) {
            *lock(&self.0) = Some(waker.clone());
        }

        pub(crate) fn wake(&self) {
            let waker = lock(&self.0).take();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}
