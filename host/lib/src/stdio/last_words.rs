//! What instances print to stderr after they got the error that their stdout has no reader.
//!
//! A program that handles this goes on or ends by itself, and its messages are printed. One that does not look
//! panics: `app | head -1` would end with a message about a failure that is none to its user. So the messages
//! are held back until the instance waits, and with it does something else, until there are many, or until it
//! has ended. Only the end of main tells which of the two the program is: if main trapped, they are dropped.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most bytes that are held back, for each instance and for the run. The message of a panic with a backtrace
/// is shorter.
pub(super) const MAX_LAST_WORDS: usize = 16 << 10;

/// The last words of the instances of one run.
#[derive(Debug, Default)]
pub(super) struct LastWords {
    have_begun: AtomicBool,
    /// Those of instances that have ended.
    texts: Mutex<Vec<u8>>,
}

impl LastWords {
    /// Begins to hold back what is printed to stderr: an instance gets the error that stdout has no reader.
    pub(super) fn begin(&self) {
        self.have_begun.store(true, Ordering::Relaxed);
    }

    /// Returns whether what is printed to stderr is held back.
    pub(super) fn have_begun(&self) -> bool {
        self.have_begun.load(Ordering::Relaxed)
    }

    /// Adds those of an instance that has ended. Returns all if there are too many to be held back.
    pub(super) fn add(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut texts = self.lock();
        texts.extend_from_slice(text);
        (texts.len() > MAX_LAST_WORDS).then(|| mem::take(&mut *texts))
    }

    /// Removes and returns those of instances that have ended.
    pub(super) fn take(&self) -> Vec<u8> {
        mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
