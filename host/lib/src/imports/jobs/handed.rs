//! What pays for bytes that the host hands to a guest, until they are in its memory.
//!
//! The engine copies what a function returns after that function, and says nothing when it has. So this is kept
//! until the guest calls one of these functions again, or waits: it can do neither while bytes are copied.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::job::account::Charge;
use crate::job::tree::Shared;

/// What one instance has been given last. Only the thread of the instance uses it.
#[derive(Default)]
pub(super) struct Handed {
    /// Whether there is anything, so that nothing costs one load.
    is_used: AtomicBool,
    given: Mutex<Given>,
}

#[derive(Default)]
struct Given {
    charge: Charge,
    shared: Option<Arc<Shared>>,
}

impl Handed {
    /// Keeps this, too.
    pub(super) fn keep(&self, charge: Charge) {
        if charge.bytes() > 0 {
            self.lock().charge.absorb(charge);
        }
    }

    /// Keeps these, in place of others.
    pub(super) fn keep_shared(&self, shared: Arc<Shared>) {
        self.lock().shared = Some(shared);
    }

    /// The guest has it all.
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
