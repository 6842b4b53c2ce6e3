//! Calls of functions that may take too long, from a process that has to end.

use std::io;
use std::panic::resume_unwind;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// The stack of the thread: as large as that of the first thread of a process, where the function would be called
/// otherwise.
const STACK: usize = 8 << 20;

/// Calls a function on a thread. Returns `None` if that takes longer than the limit; the thread then goes on until
/// the process ends.
///
/// # Errors
///
/// Fails if there is no thread. The function was not called.
///
/// # Panics
///
/// Panics if the function does.
pub(crate) fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Option<T>> {
    let (send, result) = channel();
    let thread = thread::Builder::new().stack_size(STACK).spawn(move || drop(send.send(work())))?;
    match result.recv_timeout(limit) {
        Ok(result) => Ok(Some(result)),
        Err(RecvTimeoutError::Timeout) => Ok(None),
        Err(RecvTimeoutError::Disconnected) => match thread.join() {
            Err(panic) => resume_unwind(panic),
            Ok(()) => Ok(None),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_has_its_time() {
        assert_eq!(within(Duration::MAX, || 7).unwrap(), Some(7));
        let (end, ended) = channel::<()>();
        assert_eq!(within(Duration::ZERO, move || ended.recv().is_ok()).unwrap(), None);
        drop(end);
    }

    #[test]
    fn a_panic_is_one_of_the_caller() {
        let call = || within(Duration::MAX, || resume_unwind(Box::new("on purpose")));
        let panic = std::panic::catch_unwind(call).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
    }
}
