//! Threads for operations that may block, with a bounded number for each run.
//!
//! A thread that is blocked by a dead server cannot be cancelled, only abandoned: no job, run or process waits
//! for it. It keeps its permit until the server answers, so abandoned threads count towards the bound.

use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime_wasi::runtime::spawn_blocking;

/// How many threads of a run may be blocked by slow files at a time. Further operations wait for a permit.
///
/// The number is large enough to keep a network file system busy. Together with [`SYNC`], it is small enough
/// that the default of 16 runs on a host needs no more than the 512 threads of a core.
pub(super) const SLOW: usize = 24;

/// How many threads of a run may wait for a local disk at a time. These have permits of their own, because a
/// disk answers even when a server does not.
pub(super) const SYNC: usize = 8;

/// The permits of a run, and the files that its threads have to close.
#[derive(Clone)]
pub(crate) struct Threads {
    permits: Arc<Semaphore>,
    /// Files that are no longer used and whose `close` may block.
    to_close: Arc<Mutex<Vec<Arc<File>>>>,
}

impl Threads {
    /// Creates permits for at most `max` threads.
    pub(super) fn new(max: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(max)), to_close: Arc::default() }
    }

    /// Runs a blocking operation on a thread.
    ///
    /// Dropping the future cancels an operation that has not begun, and abandons one that has.
    pub(super) async fn run<R: Send + 'static>(&self, work: impl FnOnce() -> R + Send + 'static) -> R {
        let permit = Arc::clone(&self.permits).acquire_owned().await.expect("the semaphore is never closed");
        let threads = self.clone();
        spawn_blocking(move || {
            let result = work();
            threads.close_all(permit);
            result
        })
        .await
    }

    /// Closes these files on a thread, once one is free.
    pub(super) fn close(&self, files: impl Iterator<Item = Arc<File>>) {
        self.lock().extend(files);
        // Without a permit, all threads are busy, and each of them checks for files to close before it ends.
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            let threads = self.clone();
            drop(tokio::task::spawn_blocking(move || threads.close_all(permit)));
        }
    }

    /// Closes all files that wait to be closed, then returns the permit.
    fn close_all(&self, permit: OwnedSemaphorePermit) {
        loop {
            let file = self.lock().pop();
            match file {
                Some(file) => drop(file),
                None => break,
            }
        }
        drop(permit);
        // A file may have been added after the last check and before the permit was returned, when `close`
        // found none.
        if !self.lock().is_empty()
            && let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned()
        {
            self.close_all(permit);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<File>>> {
        self.to_close.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::sync::mpsc::{Receiver, channel};

    use futures_util::FutureExt as _;
    use futures_util::future::join_all;

    /// Creates a runtime like that of a core.
    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
    }

    /// Returns an operation that blocks until the other end of this channel is dropped.
    fn stuck(until: Receiver<()>) -> impl FnOnce() + Send + 'static {
        move || _ = until.recv()
    }

    #[test]
    fn operations_above_the_bound_wait_for_a_permit() {
        runtime().block_on(async {
            let threads = Threads::new(SLOW);
            let (ends, until): (Vec<_>, Vec<_>) = (0..SLOW).map(|_| channel()).unzip();
            let mut stuck =
                until.into_iter().map(|until| threads.run(stuck(until)).boxed()).collect::<Vec<_>>();
            assert!(stuck.iter_mut().all(|stuck| stuck.now_or_never().is_none()));
            // Abandoned threads keep their permits.
            drop(stuck);
            let mut more = pin!(threads.run(|| 7));
            assert_eq!(more.as_mut().now_or_never(), None);
            // Other runs have permits of their own.
            assert_eq!(Threads::new(SLOW).run(|| 8).await, 8);
            drop(ends);
            assert_eq!(more.await, 7);
        });
    }

    #[test]
    fn an_operation_that_is_dropped_before_it_begins_never_runs() {
        runtime().block_on(async {
            let threads = Threads::new(SLOW);
            let (ends, until): (Vec<_>, Vec<_>) = (0..SLOW).map(|_| channel()).unzip();
            let mut stuck =
                until.into_iter().map(|until| threads.run(stuck(until)).boxed()).collect::<Vec<_>>();
            assert!(stuck.iter_mut().all(|stuck| stuck.now_or_never().is_none()));
            let (sender, has_run) = channel::<()>();
            let mut more = threads.run(move || _ = sender.send(())).boxed();
            assert!((&mut more).now_or_never().is_none());
            drop(more);
            assert!(has_run.recv().is_err());
            drop(ends);
            join_all(stuck).await;
        });
    }

    #[test]
    fn the_end_of_a_runtime_does_not_wait_for_a_blocked_thread() {
        let runtime = runtime();
        let (end, until) = channel();
        runtime.block_on(async {
            let threads = Threads::new(SLOW);
            assert!(pin!(threads.run(stuck(until))).now_or_never().is_none());
        });
        // A core shuts its runtime down in the same way.
        runtime.shutdown_background();
        drop(end);
    }

    #[test]
    fn files_are_closed_after_all_threads_were_busy() {
        runtime().block_on(async {
            let threads = Threads::new(SLOW);
            let (ends, until): (Vec<_>, Vec<_>) = (0..SLOW).map(|_| channel()).unzip();
            let mut stuck =
                until.into_iter().map(|until| threads.run(stuck(until)).boxed()).collect::<Vec<_>>();
            assert!(stuck.iter_mut().all(|stuck| stuck.now_or_never().is_none()));
            let (mut reader, writer) = std::io::pipe().unwrap();
            let file = File::from(std::os::fd::OwnedFd::from(writer));
            threads.close([Arc::new(file)].into_iter());
            drop(ends);
            // The read ends only if the file has been closed.
            let mut rest = Vec::new();
            std::io::Read::read_to_end(&mut reader, &mut rest).unwrap();
            join_all(stuck).await;
        });
    }
}
