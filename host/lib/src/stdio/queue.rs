//! The queue of one sink: what waits to be written, and which guests may add to it.
//!
//! Two limits apply. Each instance may have 64 KiB waiting, so that an instance that prints endlessly delays
//! itself first. Together they may have 1 MiB waiting; above that, `check-write` permits nothing until half
//! of it is written. Both counts include what a piece costs besides its bytes.
//!
//! No guest writes without a permit of `check-write`, which its stream enforces. So the queue exceeds 1 MiB
//! by at most the permits that instances had when it became full: the output of instances that have ended is
//! bounded, however many there were. Bytes of an instance that are not a whole line yet stay in its
//! [`Account`].

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
    on_broken_pipe: OnBrokenPipe,
    state: Mutex<State>,
    /// Wakes the writer's thread, and threads that wait for the end.
    changed: Condvar,
    /// Wakes the guests that wait for room in the queue as a whole.
    room: Notify,
    /// Wakes the tasks that wait for the pipe to lose its reader.
    failed: Notify,
}

/// What happens to guests that write to a pipe without a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnBrokenPipe {
    /// They wait, because the whole run is about to end. An error would only make each of them print that it
    /// could not print.
    Wait,
    /// They get an error.
    Tell,
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
    /// Why nothing can be written any more.
    failure: Option<Failure>,
    /// The same error, until it is reported.
    unreported: Option<io::Error>,
}

/// Bytes that are written together, and the account that they belong to.
#[derive(Debug)]
struct Piece {
    bytes: Bytes,
    account: Arc<Account>,
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
    pub(super) fn new(sink: Sink, on_broken_pipe: OnBrokenPipe) -> Self {
        let state = State {
            pieces: VecDeque::new(),
            waiting: 0,
            is_writing: false,
            try_now: true,
            is_above_high_water: false,
            is_closed: false,
            failure: None,
            unreported: None,
        };
        Self {
            sink,
            on_broken_pipe,
            state: Mutex::new(state),
            changed: Condvar::new(),
            room: Notify::new(),
            failed: Notify::new(),
        }
    }

    pub(super) fn is_terminal(&self) -> bool {
        self.sink.is_terminal()
    }

    /// Returns what the owner of this account may do now.
    ///
    /// If it flushes, it may do nothing before the first `flush_to` bytes of the account are written.
    pub(super) fn check(&self, account: &Account, flush_to: u64) -> Result<Permit, Refusal> {
        let state = self.lock();
        if self.is_over(&state) {
            return Ok(Permit::WaitForAll);
        }
        state.check_alive()?;
        Ok(match account.permit(flush_to) {
            0 => Permit::WaitForOwn,
            _ if state.is_above_high_water => Permit::WaitForAll,
            permit => Permit::Write(permit),
        })
    }

    /// Waits until [`check`](Self::check) may return something other than to wait.
    pub(super) async fn ready(&self, account: &Account, flush_to: u64) {
        loop {
            // Both are created before the check, so that a change in between wakes them too.
            let written = account.written.notified();
            let room = self.room.notified();
            match self.check(account, flush_to) {
                Ok(Permit::WaitForOwn) => account.waiting_guest(written).await,
                Ok(Permit::WaitForAll) => account.waiting_guest(room).await,
                Ok(Permit::Write(_)) | Err(_) => return,
            }
        }
    }

    /// Accepts these bytes, and writes the whole lines if that is possible at once. Never waits for a reader.
    pub(super) fn write(&self, account: &Arc<Account>, bytes: Bytes) -> Result<(), Refusal> {
        let state = self.lock();
        if self.is_over(&state) {
            return Ok(());
        }
        state.check_alive()?;
        let lines = account.add(bytes)?;
        self.put(state, account, lines);
        Ok(())
    }

    /// Returns up to which byte of the account a flush has to wait: all that is queued now.
    ///
    /// A flush does not wait for what is held back, since only the guest's next step may release it.
    pub(super) fn flush(&self, account: &Account) -> Result<u64, Refusal> {
        let state = self.lock();
        if !self.is_over(&state) {
            state.check_alive()?;
        }
        Ok(account.queued())
    }

    /// Queues what the account holds back, even though it is not a whole line.
    pub(super) fn release(&self, account: &Arc<Account>, which: Held) {
        let state = self.lock();
        let bytes = account.take_held(which);
        if bytes.is_empty() {
            return;
        }
        if state.check_alive().is_ok() {
            self.put(state, account, bytes);
        } else {
            account.end_piece(bytes.len());
        }
    }

    fn put(&self, mut state: MutexGuard<'_, State>, account: &Arc<Account>, bytes: Bytes) {
        if bytes.is_empty() {
            return;
        }
        state.waiting += bytes.len();
        let piece = Piece { bytes, account: Arc::clone(account) };
        if state.try_now && !state.is_writing && state.pieces.is_empty() {
            self.write_now(state, piece);
        } else {
            state.pieces.push_back(piece);
            self.settle(state);
        }
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
            Err(error) => self.fail(&mut state, error),
        }
        if piece.bytes.is_empty() {
            // All of it is written.
        } else if state.failure.is_some() {
            state.discard(piece);
        } else {
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
            if let Err(error) = result {
                self.fail(&mut state, error);
            }
            batch.clear();
            for (account, len) in &owners {
                state.waiting -= len;
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

    /// Records that nothing can be written any more: drops what waits, and wakes all that wait.
    fn fail(&self, state: &mut State, error: io::Error) {
        state.failure = Some(match error.raw_os_error() {
            _ if error.kind() == io::ErrorKind::BrokenPipe => Failure::BrokenPipe,
            Some(code) => Failure::Os(code),
            None => Failure::Other(error.kind()),
        });
        state.unreported = Some(error);
        while let Some(piece) = state.pieces.pop_front() {
            state.discard(piece);
        }
        self.failed.notify_waiters();
    }

    /// Returns whether the reader has closed the pipe, which ends the run.
    fn is_over(&self, state: &State) -> bool {
        self.on_broken_pipe == OnBrokenPipe::Wait && matches!(state.failure, Some(Failure::BrokenPipe))
    }

    /// Completes when the reader has closed the pipe.
    pub(super) async fn broken_pipe(&self) {
        loop {
            let failed = self.failed.notified();
            if let Some(Failure::BrokenPipe) = self.lock().failure {
                return;
            }
            failed.await;
        }
    }

    /// Accepts no more output. What is queued is still written.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        self.settle(state);
    }

    /// Returns the error that ended this output, the first time that this is called.
    pub(super) fn take_error(&self) -> Option<io::Error> {
        self.lock().unreported.take()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that holds the lock can panic in the middle of a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn check_alive(&self) -> Result<(), Refusal> {
        match self.failure {
            Some(failure) => Err(Refusal::Failed(failure)),
            None if self.is_closed => Err(Refusal::Closed),
            None => Ok(()),
        }
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

    fn discard(&mut self, piece: Piece) {
        self.waiting -= piece.bytes.len();
        piece.account.end_piece(piece.bytes.len());
        piece.account.written.notify_waiters();
    }
}
