//! The readiness of one direction of a stream or socket: registered on first use, then kept.

use std::task::{Context, Poll};

use wasi::io::poll::Pollable;

use super::registration::{Registration, Wait};

/// Waits for a pollable that one future uses at a time.
///
/// To subscribe and to drop the pollable again costs two host calls, so a stream subscribes once.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    registration: Option<Registration>,
    wait: Wait,
}

impl Readiness {
    /// Returns `Ready` when the pollable has been ready since the first poll of this wait.
    ///
    /// A future that stops polling leaves its wait behind, which wakes its waker at most once more.
    pub(crate) fn poll(&mut self, context: &Context<'_>, subscribe: impl FnOnce() -> Pollable) -> Poll<()> {
        let registration = self.registration.get_or_insert_with(|| Registration::new(subscribe()));
        registration.poll(&mut self.wait, context)
    }

    /// Returns the registration, without this wait, for a caller that waits in another way from now on.
    pub(crate) fn into_registration(self, subscribe: impl FnOnce() -> Pollable) -> Registration {
        let Self { registration, mut wait } = self;
        let registration = registration.unwrap_or_else(|| Registration::new(subscribe()));
        registration.forget(&mut wait);
        registration
    }
}
