//! The queue of one sink: what waits to be written, and which guests may add to it.
//!
//! Two limits apply. Each instance may have 64 KiB waiting, so that an instance that prints endlessly delays
//! itself first. Together they may have 1 MiB waiting; above that, `check-write` permits nothing until half
//! of it is written. Both counts include what a piece costs besides its bytes.
//!
//! A write for which there is no room is refused, and its guest waits. So the queue exceeds 1 MiB by at most one
//! write: the output of instances that have ended is bounded, however many there were. Bytes of an instance
//! that are not a whole line yet stay in its [`Account`].
//!
//! A write that fails is an error of the guest that wrote, which decides what to do about it. The run reports it
//! only if no guest was told, because the output was accepted and the guest did not wait for it.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use bytes::{Buf as _, Bytes};
use tokio::sync::Notify;

use super::account::{Account, Held, PIECE};
use super::refusal::{Failure, Refusal};
use super::sink::{Attempt, PIPE_BUF, Sink};

/// All guests wait from this mark on ...
const HIGH_WATER: usize = 1 << 20;

/// ... until no more than this is left. It is half, so that guests are not all woken for every line that is
/// written.
const LOW_WATER: usize = HIGH_WATER / 2;

/// One output, and what waits to be written to it.
#[derive(Debug)]
pub(super) struct Queue {
    sink: Sink,
    state: Mutex<State>,
    /// Wakes the writer's thread, and threads that wait for the end.
    changed: Condvar,
    /// Wakes the guests that wait for room in the queue as a whole.
    room: Notify,
}

#[derive(Debug)]
struct State {
    pieces: VecDeque<Piece>,
    /// The bytes in `pieces`, and those that are being written.
    waiting: usize,
    /// Whether the thread or a core is writing; all others only queue.
    is_writing: bool,
    /// Whether to try to write on the core first. Cleared when the sink does not support that.
    try_now: bool,
    is_above_high_water: bool,
    is_closed: bool,
    /// Whether the reader of the pipe is gone, so that nothing can be written any more.
    is_broken: bool,
    /// The last error of a write.
    error: Option<io::Error>,
    /// Whether a guest was told of that error.
    is_told: bool,
}

/// Bytes that are written together, and the account that they belong to.
#[derive(Debug)]
struct Piece {
    bytes: Bytes,
    account: Arc<Account>,
}

#[cfg(feature = "cluster")]
/// A piece on its way. Dropping it ends its waiting.
struct Forwarded {
    bytes: Bytes,
    account: Arc<Account>,
    queue: Arc<Queue>,
}

#[cfg(feature = "cluster")]
impl Forwarded {
    /// Makes a piece whose waiting ends when the last clone is dropped.
    fn of(bytes: Bytes, account: &Arc<Account>, queue: &Arc<Queue>) -> Bytes {
        Bytes::from_owner(Self { bytes, account: Arc::clone(account), queue: Arc::clone(queue) })
    }
}

#[cfg(feature = "cluster")]
impl AsRef<[u8]> for Forwarded {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(feature = "cluster")]
impl Drop for Forwarded {
    fn drop(&mut self) {
        self.queue.has_arrived(&self.account, self.bytes.len());
    }
}

/// What a guest may do now.
pub(super) enum Permit {
    /// Write up to this many bytes, at least one.
    Write(usize),
    /// Wait until some of its own output is written.
    WaitForOwn,
    /// Wait until some of all output is written.
    WaitForAll,
}

impl Queue {
    pub(super) fn new(sink: Sink) -> Self {
        let state = State {
            pieces: VecDeque::new(),
            waiting: 0,
            is_writing: false,
            try_now: true,
            is_above_high_water: false,
            is_closed: false,
            is_broken: false,
            error: None,
            is_told: false,
        };
        Self { sink, state: Mutex::new(state), changed: Condvar::new(), room: Notify::new() }
    }

    pub(super) fn is_terminal(&self) -> bool {
        self.sink.is_terminal()
    }

    /// Returns what the owner of this account may do now. The caller tells the guest of a failure.
    ///
    /// If it flushes, it may do nothing before the first `flush_to` bytes of the account are written.
    pub(super) fn check(&self, account: &Account, flush_to: u64) -> Result<Permit, Refusal> {
        let mut state = self.lock();
        state.check(account)?;
        Ok(state.permit(account, flush_to))
    }

    /// Waits until [`check`](Self::check) may return something other than to wait.
    pub(super) async fn ready(&self, account: &Account, flush_to: u64) {
        loop {
            // Both are created before the check, so that a change in between wakes them too.
            let written = account.written.notified();
            let room = self.room.notified();
            let permit = {
                let state = self.lock();
                if state.refusal(account).is_some() {
                    return;
                }
                state.permit(account, flush_to)
            };
            match permit {
                Permit::WaitForOwn => account.waiting_guest(written).await,
                Permit::WaitForAll => account.waiting_guest(room).await,
                Permit::Write(_) => return,
            }
        }
    }

    /// Accepts these bytes, and writes them if that is possible at once. Never waits for a reader.
    ///
    /// If that fails at once, the caller tells the guest.
    pub(super) fn write(self: &Arc<Self>, account: &Arc<Account>, bytes: Bytes) -> Result<(), Refusal> {
        let mut state = self.lock();
        state.check(account)?;
        if state.is_above_high_water && !bytes.is_empty() {
            return Err(Refusal::Full);
        }
        let lines = account.add(bytes)?;
        self.put(state, account, lines);
        if account.failure().is_some() { self.lock().check(account) } else { Ok(()) }
    }

    /// Queues a text that belongs to no instance.
    pub(super) fn print(self: &Arc<Self>, text: Bytes) {
        let account = Arc::new(Account::new(Arc::default(), false, None));
        // There is no guest that could be told of an error.
        _ = account.add(text).map(|text| self.put(self.lock(), &account, text));
    }

    /// Returns up to which byte of the account a flush has to wait: all that is queued now.
    pub(super) fn flush(&self, account: &Account) -> Result<u64, Refusal> {
        self.lock().check(account)?;
        Ok(account.queued())
    }

    /// Queues what the account holds back, even though it is not a whole line.
    pub(super) fn release(self: &Arc<Self>, account: &Arc<Account>, which: Held) {
        let state = self.lock();
        let bytes = account.take_held(which);
        if bytes.is_empty() {
            return;
        }
        if state.is_broken || state.is_closed {
            account.end_piece(bytes.len());
        } else {
            self.put(state, account, bytes);
        }
    }

    fn put(self: &Arc<Self>, mut state: MutexGuard<'_, State>, account: &Arc<Account>, bytes: Bytes) {
        if bytes.is_empty() {
            return;
        }
        state.waiting += bytes.len();
        #[cfg(feature = "cluster")]
        if let Sink::Forward(forward) = &self.sink {
            self.settle(state);
            // Without the lock, because a piece that cannot be sent arrives at once.
            return forward.forward(Forwarded::of(bytes, account, self));
        }
        let piece = Piece { bytes, account: Arc::clone(account) };
        if state.try_now && !state.is_writing && state.pieces.is_empty() {
            self.write_now(state, piece);
        } else {
            state.pieces.push_back(piece);
            self.settle(state);
        }
    }

    /// Ends the waiting of a piece that was forwarded.
    #[cfg(feature = "cluster")]
    fn has_arrived(&self, account: &Account, len: usize) {
        let mut state = self.lock();
        state.waiting -= len;
        account.end_piece(len);
        self.settle(state);
        account.written.notify_waiters();
    }

    /// Writes what the sink accepts at once, and queues the rest.
    fn write_now(&self, mut state: MutexGuard<'_, State>, mut piece: Piece) {
        state.is_writing = true;
        drop(state);
        let result = self.sink.write_now(&piece.bytes);
        let mut state = self.lock();
        state.is_writing = false;
        match result {
            Ok(Attempt::Written(written)) => {
                piece.bytes.advance(written);
                state.waiting -= written;
                if piece.bytes.is_empty() {
                    piece.account.end_piece(written);
                } else {
                    piece.account.subtract(written);
                }
            }
            Ok(Attempt::Unsupported) => state.try_now = false,
            Err(error) => {
                let failure = state.fail(error);
                state.discard(piece, failure);
                return self.settle(state);
            }
        }
        if !piece.bytes.is_empty() {
            state.pieces.push_front(piece);
        }
        self.settle(state);
    }

    /// Writes what is queued, until the queue is closed and empty. This is the body of the thread.
    pub(super) fn write_all(&self) {
        let mut batch = Vec::new();
        let mut owners = Vec::new();
        loop {
            let mut state = self.lock();
            while state.is_writing || (state.pieces.is_empty() && !state.is_closed) {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if state.pieces.is_empty() {
                return;
            }
            state.take_batch(&mut batch, &mut owners);
            state.is_writing = true;
            drop(state);

            let result = self.sink.write_waiting(&mut batch);

            let mut state = self.lock();
            state.is_writing = false;
            let failure = result.err().map(|error| state.fail(error));
            batch.clear();
            for (account, len) in &owners {
                state.waiting -= len;
                if failure.is_some() {
                    account.set_failure(failure);
                }
                account.end_piece(*len);
            }
            self.settle(state);
            for (account, _) in owners.drain(..) {
                account.written.notify_waiters();
            }
        }
    }

    /// Updates the marks after each change, and wakes the threads and guests that wait for it.
    fn settle(&self, mut state: MutexGuard<'_, State>) {
        let was_above = state.is_above_high_water;
        let mark = if was_above { LOW_WATER } else { HIGH_WATER };
        state.is_above_high_water = state.waiting + state.pieces.len() * PIECE >= mark;
        let has_room = was_above && !state.is_above_high_water;
        let has_work = !state.is_writing && (!state.pieces.is_empty() || state.is_closed);
        drop(state);
        if has_work {
            self.changed.notify_all();
        }
        if has_room {
            self.room.notify_waiters();
        }
    }

    /// Accepts no more output. What is queued is still written.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        self.settle(state);
    }

    /// Takes the last error. Returns it if no guest was told of it, or regardless of that.
    pub(super) fn take_error(&self, regardless: bool) -> Option<io::Error> {
        let mut state = self.lock();
        let is_told = state.is_told && !regardless;
        state.error.take().filter(|_| !is_told)
    }

    /// Returns whether a guest was told that the reader is gone.
    pub(super) fn has_told_end(&self) -> bool {
        let state = self.lock();
        state.is_broken && state.is_told
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that holds the lock can panic in the middle of a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Returns why the owner of this account may not write, if anything forbids it.
    fn refusal(&self, account: &Account) -> Option<Refusal> {
        if let Some(failure) = account.failure() {
            Some(Refusal::Failed(failure))
        } else if self.is_broken {
            Some(Refusal::Failed(Failure::BrokenPipe))
        } else {
            self.is_closed.then_some(Refusal::Closed)
        }
    }

    /// Returns the same as an error that the guest will be told of.
    fn check(&mut self, account: &Account) -> Result<(), Refusal> {
        let Some(refusal) = self.refusal(account) else { return Ok(()) };
        account.set_failure(None);
        self.is_told |= matches!(refusal, Refusal::Failed(_));
        Err(refusal)
    }

    fn permit(&self, account: &Account, flush_to: u64) -> Permit {
        match account.permit(flush_to) {
            0 => Permit::WaitForOwn,
            _ if self.is_above_high_water => Permit::WaitForAll,
            permit => Permit::Write(permit),
        }
    }

    /// Records that a write failed, for those whose output it was. If the reader is gone, nothing else that waits
    /// can be written either.
    fn fail(&mut self, error: io::Error) -> Failure {
        let failure = match error.raw_os_error() {
            _ if error.kind() == io::ErrorKind::BrokenPipe => Failure::BrokenPipe,
            Some(code) => Failure::Os(code),
            None => Failure::Other(error.kind()),
        };
        (self.error, self.is_told) = (Some(error), false);
        if let Failure::BrokenPipe = failure {
            self.is_broken = true;
            while let Some(piece) = self.pieces.pop_front() {
                self.discard(piece, failure);
            }
        }
        failure
    }

    /// Moves the first piece into the batch, and further ones while they fit into one atomic write.
    fn take_batch(&mut self, batch: &mut Vec<Bytes>, owners: &mut Vec<(Arc<Account>, usize)>) {
        let mut size = 0;
        while let Some(next) = self.pieces.front() {
            if size > 0 && size + next.bytes.len() > PIPE_BUF {
                break;
            }
            let Some(Piece { bytes, account }) = self.pieces.pop_front() else {
                break;
            };
            size += bytes.len();
            owners.push((account, bytes.len()));
            batch.push(bytes);
        }
    }

    fn discard(&mut self, piece: Piece, failure: Failure) {
        self.waiting -= piece.bytes.len();
        piece.account.set_failure(Some(failure));
        piece.account.end_piece(piece.bytes.len());
        piece.account.written.notify_waiters();
    }
}
