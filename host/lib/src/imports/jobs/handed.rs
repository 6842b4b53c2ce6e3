//! Charges for bytes that the host returns to a guest, until they are in the guest's memory.
//!
//! The engine copies what a host function returns after the function has returned, and does not report when it
//! is done. So the charge is kept until the guest calls one of these functions again, or waits: it can do
//! neither while bytes are copied.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::job::account::Charge;
use crate::job::tree::Shared;

/// The bytes that one instance received last. Only the thread of the instance uses it.
#[derive(Default)]
pub(super) struct Handed {
    /// Whether anything is kept. When nothing is, `clear` costs one load.
    is_used: AtomicBool,
    given: Mutex<Given>,
}

#[derive(Default)]
struct Given {
    charge: Charge,
    shared: Option<Arc<Shared>>,
}

impl Handed {
    /// Keeps this charge, in addition to others.
    pub(super) fn keep(&self, charge: Charge) {
        if charge.bytes() > 0 {
            self.lock().charge.absorb(charge);
        }
    }

    /// Keeps these shared bytes, in place of others.
    pub(super) fn keep_shared(&self, shared: Arc<Shared>) {
        self.lock().shared = Some(shared);
    }

    /// Drops all charges and shared bytes: the guest has received them.
    pub(super) fn clear(&self) {
        if self.is_used.load(Ordering::Relaxed) {
            let given = std::mem::take(&mut *self.lock());
            self.is_used.store(false, Ordering::Relaxed);
            drop(given);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Given> {
        self.is_used.store(true, Ordering::Relaxed);
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
