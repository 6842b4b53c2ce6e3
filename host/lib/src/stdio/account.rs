//! The output that one instance has waiting in a queue, and its unfinished line.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

use super::last_words::{LastWords, MAX_LAST_WORDS};
use super::refusal::{Failure, Refusal};

/// The bytes of one instance from which on it has to wait. One more write may exceed it.
pub(super) const PERMIT: usize = 64 << 10;

/// What a piece costs besides its bytes, with the spare capacity of queues and allocators. Without it a guest
/// could queue a million single bytes.
pub(super) const PIECE: usize = 192;

/// The longest line that is kept together. A pipe writes as much atomically.
pub(super) const MAX_HELD: usize = 4096;

/// What one instance has waiting. Used only with the queue's state locked, except to wake the guest.
#[derive(Debug)]
pub(super) struct Account {
    counts: Mutex<Counts>,
    /// The number of the instance's outputs that have an unfinished line; both accounts share it.
    open: Arc<AtomicUsize>,
    /// Whether the start of a line is held back until its end arrives.
    keeps_lines: bool,
    /// Where everything goes that the instance prints after its stdout has lost its reader.
    last_words: Option<Arc<LastWords>>,
    /// The number of the guest's calls that wait for this output now.
    waiters: AtomicUsize,
    /// How often the guest was refused since it last waited.
    refusals: AtomicUsize,
    /// Wakes the guest when some of its output has been written.
    pub(super) written: Notify,
}

/// Byte counts since the instance was created.
#[derive(Debug, Default)]
struct Counts {
    /// Bytes passed to the queue, without those that are held back.
    queued: u64,
    written: u64,
    /// The number of the instance's pieces in the queue.
    pieces: usize,
    /// The start of a line, held back until the line ends or is released.
    held: Vec<u8>,
    /// The length of `held` at the last release.
    old: usize,
    /// Why output of the instance was not written, until the guest gets the error.
    failure: Option<Failure>,
}

/// The part of an unfinished line to release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    All,
    /// What was already held back at the previous release.
    Old,
}

/// Exists while a call of the guest waits for the output. The call may be dropped at any time.
struct Waiter<'a>(&'a Account);

impl Account {
    pub(super) fn new(open: Arc<AtomicUsize>, keeps_lines: bool, last_words: Option<Arc<LastWords>>) -> Self {
        Self {
            counts: Mutex::default(),
            open,
            keeps_lines,
            last_words,
            waiters: AtomicUsize::new(0),
            refusals: AtomicUsize::new(0),
            written: Notify::new(),
        }
    }

    /// Returns where the text goes that the instance prints from now on, if that is not the queue.
    pub(super) fn last_words(&self) -> Option<&LastWords> {
        self.last_words.as_deref().filter(|words| words.have_begun())
    }

    /// Returns why output of the instance was not written, if the guest has not got the error.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.lock().failure
    }

    /// Sets why output of the instance was not written; `None` once the guest has the error.
    pub(super) fn set_failure(&self, failure: Option<Failure>) {
        self.lock().failure = failure;
    }

    /// Counts a refusal, and returns how many there were since the guest last waited.
    pub(super) fn refuse(&self) -> usize {
        self.refusals.fetch_add(1, Ordering::Relaxed)
    }

    /// Forgets refusals: the guest waits, so it does something else.
    pub(super) fn forget_refusals(&self) {
        self.refusals.store(0, Ordering::Relaxed);
    }

    /// Returns whether the first `len` bytes of the instance have been written.
    pub(super) fn is_written_to(&self, len: u64) -> bool {
        self.lock().written >= len
    }

    /// Returns how many bytes of the instance have been queued so far.
    pub(super) fn queued(&self) -> u64 {
        self.lock().queued
    }

    /// Returns whether something may be held back.
    pub(super) fn may_hold(&self) -> bool {
        self.open.load(Ordering::Relaxed) > 0
    }

    /// Returns how many bytes the instance may write now: none before the first `flush_to` bytes are written.
    pub(super) fn permit(&self, flush_to: u64) -> usize {
        let counts = self.lock();
        if counts.written < flush_to { 0 } else { counts.room() }
    }

    /// Accepts these bytes, and returns what to queue of them and of what was held back.
    pub(super) fn add(&self, bytes: Bytes) -> Result<Bytes, Refusal> {
        let mut counts = self.lock();
        if !bytes.is_empty() && counts.room() == 0 {
            return Err(Refusal::Full);
        }
        let was_open = !counts.held.is_empty();
        let lines = if self.last_words().is_some() {
            counts.take_beyond(bytes, MAX_LAST_WORDS)
        } else if self.keeps_lines {
            counts.take_lines(bytes)
        } else {
            bytes
        };
        counts.count(&lines);
        let is_open = !counts.held.is_empty();
        if is_open && !was_open {
            self.open.fetch_add(1, Ordering::Relaxed);
        } else if was_open && !is_open {
            self.open.fetch_sub(1, Ordering::Relaxed);
        }
        Ok(lines)
    }

    /// Removes and returns what is held back, so that it is queued.
    pub(super) fn take_held(&self, which: Held) -> Bytes {
        let is_last = self.last_words().is_some();
        let mut counts = self.lock();
        let len = match which {
            // Last words wait until it is known how the program ends.
            Held::Old if is_last => 0,
            Held::All => counts.held.len(),
            Held::Old => counts.old,
        };
        let rest = counts.held.split_off(len);
        let taken = Bytes::from(mem::replace(&mut counts.held, rest));
        counts.old = counts.held.len();
        counts.count(&taken);
        if !taken.is_empty() && counts.held.is_empty() {
            self.open.fetch_sub(1, Ordering::Relaxed);
        }
        taken
    }

    /// Removes and returns what is held back, as the last words of the instance.
    pub(super) fn take_last_words(&self) -> Vec<u8> {
        let mut counts = self.lock();
        counts.old = 0;
        let taken = mem::take(&mut counts.held);
        if !taken.is_empty() {
            self.open.fetch_sub(1, Ordering::Relaxed);
        }
        taken
    }

    /// Counts bytes of a piece as written; more of the piece may follow.
    pub(super) fn subtract(&self, len: usize) {
        self.lock().written += len as u64;
    }

    /// Counts the last bytes of a piece as written.
    pub(super) fn end_piece(&self, len: usize) {
        let mut counts = self.lock();
        counts.written += len as u64;
        counts.pieces -= 1;
    }

    /// Awaits this future on behalf of the guest, and counts the guest as waiting meanwhile.
    pub(super) async fn waiting_guest(&self, change: impl Future<Output = ()>) {
        self.waiters.fetch_add(1, Ordering::Relaxed);
        let _waiter = Waiter(self);
        change.await;
    }

    /// Returns whether the guest itself waits for this output.
    pub(super) fn is_waited_for(&self) -> bool {
        self.waiters.load(Ordering::Relaxed) > 0
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.waiters.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Counts {
    /// Returns how many bytes wait, here or in the queue.
    fn waiting(&self) -> usize {
        (self.queued - self.written) as usize + self.held.len()
    }

    /// Returns how many bytes may be added before the instance has to wait.
    fn room(&self) -> usize {
        PERMIT.saturating_sub(self.waiting() + self.pieces * PIECE)
    }

    /// Holds everything back up to this length, and returns all of it when there is more.
    fn take_beyond(&mut self, bytes: Bytes, most: usize) -> Bytes {
        self.held.extend_from_slice(&bytes);
        if self.held.len() > most { mem::take(&mut self.held).into() } else { Bytes::new() }
    }

    /// Counts the bytes that are queued as one piece, unless there are none.
    fn count(&mut self, bytes: &Bytes) {
        self.queued += bytes.len() as u64;
        self.pieces += usize::from(!bytes.is_empty());
    }

    /// Splits off the whole lines, and holds back the rest. Bytes that are whole lines are not copied.
    fn take_lines(&mut self, mut bytes: Bytes) -> Bytes {
        let end = self.end_of_lines(&bytes);
        if self.held.is_empty() {
            let lines = bytes.split_to(end);
            self.held.extend_from_slice(&bytes);
            return lines;
        }
        if end == 0 {
            self.held.extend_from_slice(&bytes);
            return Bytes::new();
        }
        let mut lines = mem::take(&mut self.held);
        self.old = 0;
        lines.extend_from_slice(&bytes[..end]);
        self.held.extend_from_slice(&bytes[end..]);
        lines.into()
    }

    /// Returns how many of the bytes need not be held back.
    fn end_of_lines(&self, bytes: &[u8]) -> usize {
        // The rest after an earlier newline is too long to be held back.
        let start = bytes.len().saturating_sub(MAX_HELD + 1);
        match bytes[start..].iter().rposition(|&byte| byte == b'\n') {
            Some(newline) => start + newline + 1,
            None if self.held.len() + bytes.len() > MAX_HELD => bytes.len(),
            None => 0,
        }
    }
}
