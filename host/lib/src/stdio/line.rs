//! The unfinished lines of an instance, and when they are released.
//!
//! `eprintln!` prints a line in several writes. So in a run with several instances the start of a line is held
//! back until its end arrives, and both are queued as one piece. A prompt has no end: it is released when the
//! guest is suspended. A dot of progress is released when the guest has computed for some ticks, and the rest
//! when the instance is dropped.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use super::account::{Account, Held};
use super::last_words::LastWords;
use super::queue::{Permit, Queue};
use super::refusal::Refusal;

/// The output of an instance to one queue. If stdout and stderr are one pipe, they share one line, so what an
/// instance writes to both keeps its order.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) queue: Arc<Queue>,
    pub(super) account: Arc<Account>,
    /// What begins when the guest gets the error that this output has no reader. Only stdout has it.
    pub(super) begins: Option<Arc<LastWords>>,
}

impl Line {
    pub(super) fn new(queue: &Arc<Queue>, account: Account) -> Self {
        Self { queue: Arc::clone(queue), account: Arc::new(account), begins: None }
    }

    /// See [`Queue::check`].
    pub(super) fn check(&self, flush_to: u64) -> Result<Permit, Refusal> {
        self.queue.check(&self.account, flush_to)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // Most instances have ended their last line, and need not take the lock that all share.
        if !self.account.may_hold() {
            return;
        }
        match self.account.last_words() {
            Some(words) => {
                if let Some(texts) = words.add(&self.account.take_last_words()) {
                    self.queue.print(texts.into());
                }
            }
            None => self.queue.release(&self.account, Held::All),
        }
    }
}

/// The unfinished lines of one instance, on stdout and stderr.
///
/// A clone is for the same instance. It does not keep the instance's streams alive.
#[derive(Debug, Clone)]
pub(crate) struct OpenLines {
    open: Arc<AtomicUsize>,
    stdout: Weak<Line>,
    stderr: Weak<Line>,
    last_words: Arc<LastWords>,
}

impl OpenLines {
    pub(super) fn new(
        open: Arc<AtomicUsize>,
        stdout: &Arc<Line>,
        stderr: &Arc<Line>,
        last_words: &Arc<LastWords>,
    ) -> Self {
        let last_words = Arc::clone(last_words);
        Self { open, stdout: Arc::downgrade(stdout), stderr: Arc::downgrade(stderr), last_words }
    }

    /// Returns whether nothing is held back. This costs one load, so it may be called at each suspension.
    pub(crate) fn is_empty(&self) -> bool {
        self.open.load(Ordering::Relaxed) == 0
    }

    /// Writes what is held back. Called when the guest is suspended.
    ///
    /// Does nothing if the guest waits for that same output. The start of the line could not be written
    /// before the output that the guest waits for, and the guest may then continue the line.
    pub(crate) fn release(&self) {
        if self.last_words.have_begun()
            && let Some(stdout) = self.stdout.upgrade()
        {
            stdout.account.forget_refusals();
        }
        self.release_if(Held::All, |account| !account.is_waited_for());
    }

    /// Writes what is held back, except for last words. Called when the guest has ended its call.
    pub(crate) fn end(&self) {
        self.release_if(Held::All, |account| account.last_words().is_none());
    }

    /// Writes what was already held back at the previous call: the guest has computed since.
    pub(crate) fn release_old(&self) {
        self.release_if(Held::Old, |_| true);
    }

    fn release_if(&self, which: Held, may: impl Fn(&Account) -> bool) {
        if self.is_empty() {
            return;
        }
        let stdout = self.stdout.upgrade();
        // A second release would count new output as old.
        let stderr = if self.stderr.ptr_eq(&self.stdout) { None } else { self.stderr.upgrade() };
        for line in [stdout, stderr].into_iter().flatten() {
            if may(&line.account) {
                line.queue.release(&line.account, which);
            }
        }
    }
}
