//! The lines that an instance has begun and not ended, and who lets them go.
//!
//! What `eprintln!` prints comes in several writes. So the start of a line is held back until its
//! end comes, and both are queued as one piece. A prompt has no end: it is released when the guest
//! is suspended, a dot of progress when the guest has computed for some ticks, and all that is left when
//! the instance is dropped.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use super::account::{Account, Held};
use super::queue::{Permit, Queue};
use super::refusal::Refusal;

/// What an instance writes to one queue. Where stdout and stderr are one pipe, they are one line
/// too: so what an instance writes to both stays in its order.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) queue: Arc<Queue>,
    pub(super) account: Arc<Account>,
}

impl Line {
    pub(super) fn new(queue: Arc<Queue>, open: &Arc<AtomicUsize>) -> Arc<Self> {
        Arc::new(Self { queue, account: Arc::new(Account::new(Arc::clone(open))) })
    }

    /// See [`Queue::check`].
    pub(super) fn check(&self, flush_to: u64) -> Result<Permit, Refusal> {
        self.queue.check(&self.account, flush_to)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // Most instances have ended their last line, and need not take the lock that all share.
        if self.account.may_hold() {
            self.queue.release(&self.account, Held::All);
        }
    }
}

/// The unfinished lines of one instance, on stdout and stderr.
///
/// A clone is for the same instance. It does not keep the streams of the instance alive.
#[derive(Debug, Clone)]
pub(crate) struct OpenLines {
    open: Arc<AtomicUsize>,
    stdout: Weak<Line>,
    stderr: Weak<Line>,
}

impl OpenLines {
    pub(super) fn new(open: Arc<AtomicUsize>, stdout: &Arc<Line>, stderr: &Arc<Line>) -> Self {
        Self { open, stdout: Arc::downgrade(stdout), stderr: Arc::downgrade(stderr) }
    }

    /// Whether nothing is held back. It costs one load, and so may be asked at each suspension.
    pub(crate) fn is_empty(&self) -> bool {
        self.open.load(Ordering::Relaxed) == 0
    }

    /// Writes what is held back: the guest is suspended, or has ended.
    ///
    /// Where the guest waits for that very output, this does nothing. The start of the line could not
    /// be written before what the guest waits for, and the guest may then go on with the line.
    pub(crate) fn release(&self) {
        self.release_if(Held::All, |account| !account.is_waited_for());
    }

    /// Writes what was held back already at the last call of this: the guest has computed since.
    pub(crate) fn release_old(&self) {
        self.release_if(Held::Old, |_| true);
    }

    fn release_if(&self, which: Held, may: impl Fn(&Account) -> bool) {
        if self.is_empty() {
            return;
        }
        let stdout = self.stdout.upgrade();
        // Twice would make what is new old.
        let stderr = if self.stderr.ptr_eq(&self.stdout) { None } else { self.stderr.upgrade() };
        for line in [stdout, stderr].into_iter().flatten() {
            if may(&line.account) {
                line.queue.release(&line.account, which);
            }
        }
    }
}
