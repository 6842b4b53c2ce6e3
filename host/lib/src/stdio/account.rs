//! What one instance has waiting in a queue, and the line that it has not ended yet.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

use super::refusal::Refusal;

/// What one instance may have waiting, and so the most that one `check-write` permits.
pub(super) const PERMIT: usize = 64 << 10;

/// More than this of one instance is never taken, whatever permits it holds through several handles.
const MAX_WAITING_OF_ONE: usize = 16 * PERMIT;

/// What a piece takes besides its bytes, with the room that queues and allocators leave unused. Without it
/// a guest could queue a million single bytes.
pub(super) const PIECE: usize = 192;

/// A longer line is not kept together. So much is written at once to a pipe, too.
pub(super) const MAX_HELD: usize = 4096;

/// What one instance has waiting. Used only with the queue's state locked, but for the waking.
#[derive(Debug)]
pub(super) struct Account {
    counts: Mutex<Counts>,
    /// In how many of its outputs the instance has an unfinished line; both accounts share it.
    open: Arc<AtomicUsize>,
    /// How many of the guest's calls wait for this output now.
    waiters: AtomicUsize,
    /// Wakes the guest when something of its own is written.
    pub(super) written: Notify,
}

/// Bytes since the instance was made.
#[derive(Debug, Default)]
struct Counts {
    /// Handed to the queue, without what is held back.
    queued: u64,
    written: u64,
    /// How many pieces of it are in the queue.
    pieces: usize,
    /// The start of a line, held back until its end comes or somebody releases it.
    held: Vec<u8>,
    /// So much of it was there when it was last asked for.
    old: usize,
}

/// Which part of an unfinished line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    All,
    /// What was held back already when this was asked for the last time.
    Old,
}

/// While it exists, a call of the guest waits for the output. It may be given up at any time.
struct Waiter<'a>(&'a Account);

impl Account {
    pub(super) fn new(open: Arc<AtomicUsize>) -> Self {
        Self { counts: Mutex::default(), open, waiters: AtomicUsize::new(0), written: Notify::new() }
    }

    /// Whether the first so many bytes of the instance are written.
    pub(super) fn is_written_to(&self, len: u64) -> bool {
        self.lock().written >= len
    }

    /// How many bytes of the instance the queue has got so far.
    pub(super) fn queued(&self) -> u64 {
        self.lock().queued
    }

    /// Whether something may be held back.
    pub(super) fn may_hold(&self) -> bool {
        self.open.load(Ordering::Relaxed) > 0
    }

    /// How many bytes the instance may write now: none before the first `flush_to` are written.
    pub(super) fn permit(&self, flush_to: u64) -> usize {
        let counts = self.lock();
        let taken = counts.waiting() + counts.pieces * PIECE;
        if counts.written < flush_to { 0 } else { PERMIT.saturating_sub(taken) }
    }

    /// Takes these bytes; the answer is what to queue of them and of what was held back.
    pub(super) fn add(&self, bytes: Bytes) -> Result<Bytes, Refusal> {
        let mut counts = self.lock();
        if bytes.len() > PERMIT || counts.waiting() + bytes.len() > MAX_WAITING_OF_ONE {
            return Err(Refusal::TooMuch);
        }
        let was_open = !counts.held.is_empty();
        let lines = counts.take_lines(bytes);
        counts.count(&lines);
        let is_open = !counts.held.is_empty();
        if is_open && !was_open {
            self.open.fetch_add(1, Ordering::Relaxed);
        } else if was_open && !is_open {
            self.open.fetch_sub(1, Ordering::Relaxed);
        }
        Ok(lines)
    }

    /// Takes what is held back, to queue it.
    pub(super) fn take_held(&self, which: Held) -> Bytes {
        let mut counts = self.lock();
        let len = match which {
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

    /// Counts bytes of a piece as written, of which more may follow.
    pub(super) fn subtract(&self, len: usize) {
        self.lock().written += len as u64;
    }

    /// Counts the last bytes of a piece as written.
    pub(super) fn end_piece(&self, len: usize) {
        let mut counts = self.lock();
        counts.written += len as u64;
        counts.pieces -= 1;
    }

    /// Awaits this on behalf of the guest, and lets it be known for as long as it takes.
    pub(super) async fn waiting_guest(&self, change: impl Future<Output = ()>) {
        self.waiters.fetch_add(1, Ordering::Relaxed);
        let _waiter = Waiter(self);
        change.await;
    }

    /// Whether the guest waits for this output itself.
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
    /// How many bytes wait, here or in the queue.
    fn waiting(&self) -> usize {
        (self.queued - self.written) as usize + self.held.len()
    }

    /// Counts what goes to the queue as one piece, unless it is empty.
    fn count(&mut self, bytes: &Bytes) {
        self.queued += bytes.len() as u64;
        self.pieces += usize::from(!bytes.is_empty());
    }

    /// Splits off what ends with a line, and holds back the rest. A whole line is not copied.
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

    /// How much of it need not be held back.
    fn end_of_lines(&self, bytes: &[u8]) -> usize {
        // What comes after an earlier newline is too long to be held back.
        let start = bytes.len().saturating_sub(MAX_HELD + 1);
        match bytes[start..].iter().rposition(|&byte| byte == b'\n') {
            Some(newline) => start + newline + 1,
            None if self.held.len() + bytes.len() > MAX_HELD => bytes.len(),
            None => 0,
        }
    }
}
