//! Locks, atomics and wakers: those of std, or those of a model.
//!
//! With `--cfg loom` they are those of loom, which tries every order in which a few threads may run; with
//! `--cfg shuttle` those of shuttle, which tries random orders of more threads.

#[cfg(loom)]
pub(crate) use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicUsize, Ordering, fence},
};
#[cfg(shuttle)]
pub(crate) use shuttle::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicUsize, Ordering, fence},
};
#[cfg(not(any(loom, shuttle)))]
pub(crate) use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicUsize, Ordering, fence},
};

use std::sync::PoisonError;

#[cfg(not(any(loom, shuttle)))]
pub(crate) use futures_util::task::AtomicWaker;
#[cfg(any(loom, shuttle))]
pub(crate) use waker::AtomicWaker;

/// Locks a mutex, and ignores poison: a panic never leaves the protected data in an inconsistent state.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(any(loom, shuttle))]
mod waker {
    //! An `AtomicWaker` for the models, which do not provide one. It has the guarantee of the real one: if a
    //! registration and a wake-up are concurrent, either the wake-up finds the waker, or the registering thread
    //! sees everything that happened before the wake-up.

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
