//! `init`: a function that each instance calls before its first job, with a value from `main`.
//!
//! The value is encoded once, and kept by the host. A job of an app that has called [`init`] is a job of another
//! entry, [`WITH_INIT`]; the last bytes of its message name the function, the value, and the job's own entry. So
//! the host knows nothing of this, jobs of jobs pass it on, and an app without it pays nothing.

use std::borrow::Cow;
use std::cell::Cell;

use super::argument::{Moved, Transmit};
use super::entry::Entry;
use super::job_fn::{CapturesNothing, Unary, captures_nothing};
use super::message::Message;
use crate::{Error, Failure, host};

/// The function and the value, as every instance of the run finds them.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Init {
    entry: u32,
    value: u64,
}

thread_local! {
    /// What this instance has run. Its jobs pass it on.
    static DONE: Cell<Option<Init>> = const { Cell::new(None) };
    /// Whether [`init`] may not be called, or not again.
    static IS_CALLED: Cell<bool> = const { Cell::new(false) };
}

/// The entry of the jobs of an app that has called [`init`].
const WITH_INIT: &Entry = &Entry::new(|| "init", true, run);

/// Sets this instance up, and each instance that will run a job: calls a function with a value in all of them.
///
/// Every instance has its own copy of each `static`, so what `main` sets in one is missing in jobs: a logger, a
/// configuration in a `OnceLock`, a panic hook. This calls `function` here, and in every other instance before the
/// first job that is started after this call, also by jobs. The value is encoded once. A warm instance does not run
/// the function again, a [`fresh`](crate::ParallelFuture::fresh) one does. [Without a
/// host](crate#without-a-host) there is only this instance.
///
/// The function has to be an `async fn`, or an async closure that captures nothing. Jobs that it starts itself run
/// in instances where it has not run.
///
/// An app that does not call this pays nothing for it. In one that does, each message is copied once more, and is
/// 16 bytes longer.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
/// use guest_runtime::{Error, Failure};
/// use std::sync::OnceLock;
///
/// static GREETING: OnceLock<String> = OnceLock::new();
///
/// #[guest_runtime::main]
/// async fn main() -> Result<(), Error> {
///     guest_runtime::init(set_up, "hello".to_string()).await?;
///     let greet = async |name: String| format!("{}, {name}", GREETING.get().map_or("?", String::as_str));
///     assert_eq!(greet.par_with("world".to_string()).await, "hello, world");
///     Ok(())
/// }
///
/// async fn set_up(greeting: String) -> Result<(), Error> {
///     GREETING.set(greeting).map_err(|_| Error::msg("the greeting is set"))
/// }
/// ```
///
/// # Errors
///
/// Fails if the function does, or if the value cannot be sent. Jobs that are started afterwards run without it.
///
/// # Failures in other instances
///
/// If the function fails, panics or traps in the instance of a job, the job fails, with a
/// [`Panic`](crate::Panic) or a [`Trap`](crate::Trap); the next job gets a new instance, and the function runs
/// there. Its time and memory count as those of the job.
///
/// # Panics
///
/// In a job, and if it is called again after it has succeeded: an app has one init, which its `main` calls.
///
/// # Cancellation
///
/// If the future is dropped before it is ready, jobs run without the function.
pub async fn init<T, F>(function: F, value: T) -> Result<(), Error>
where
    T: Message,
    F: CapturesNothing<(T,), Output = Result<(), Error>>,
{
    const { captures_nothing::<F>() };
    assert!(!IS_CALLED.replace(true), "`init` was called in a job, or again: `main` calls it, once");
    // Allows another try, unless the function succeeds.
    let permit = Permit;
    if host::has_no_host() {
        function.call((value,)).await?;
    } else {
        let value_id = host::share(&Transmit::encode(&value)?)?;
        let done = Init { entry: Entry::of::<Unary<F, Moved<T>, _>>().number(), value: value_id };
        let result = function.call((value,)).await;
        if result.is_err() {
            host::unshare(value_id);
        }
        result?;
        DONE.set(Some(done));
    }
    std::mem::forget(permit);
    Ok(())
}

/// Permission to call [`init`] again, given back when this is dropped.
struct Permit;

impl Drop for Permit {
    fn drop(&mut self) {
        IS_CALLED.set(false);
    }
}

/// Makes this instance one that runs jobs, where [`init`] cannot be called.
pub(super) fn forbid() {
    IS_CALLED.set(true);
}

/// Returns the entry and the message by which a job starts, which differ from its own after [`init`].
pub(crate) fn with_init(entry: u32, message: &[u8]) -> (u32, Cow<'_, [u8]>) {
    let Some(Init { entry: function, value }) = DONE.get() else { return (entry, Cow::Borrowed(message)) };
    let mut longer = Vec::with_capacity(message.len() + 16);
    longer.extend_from_slice(message);
    longer.extend_from_slice(&value.to_le_bytes());
    longer.extend_from_slice(&function.to_le_bytes());
    longer.extend_from_slice(&entry.to_le_bytes());
    (WITH_INIT.number(), Cow::Owned(longer))
}

/// Runs a job of [`WITH_INIT`]: first the init, unless this instance has, and then the job.
fn run(mut message: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let (init, entry) = take_init(&mut message).ok_or_else(|| bad_message("it does not name the init"))?;
    if DONE.get() != Some(init) {
        init.run()?;
    }
    Entry::at(entry)?.run(message)
}

/// Takes what [`with_init`] has added off the end of a message.
fn take_init(message: &mut Vec<u8>) -> Option<(Init, u32)> {
    let mut take = || {
        let number = message.last_chunk().map(|bytes| u32::from_le_bytes(*bytes))?;
        message.truncate(message.len() - 4);
        Some(number)
    };
    let (entry, function, high, low) = (take()?, take()?, take()?, take()?);
    Some((Init { entry: function, value: u64::from(high) << 32 | u64::from(low) }, entry))
}

impl Init {
    /// Runs the init in the instance of a job.
    ///
    /// An init that does not succeed panics, which ends the instance: it may have been set up in part.
    fn run(self) -> Result<(), Failure> {
        let value = host::shared(self.value).ok_or_else(|| bad_message("the value of the init is gone"))?;
        let result = Entry::at(self.entry)?.run(value).and_then(|reply| {
            let result: Result<(), Error> = Transmit::decode(Cow::Owned(reply))?;
            Ok(result)
        });
        match result {
            Ok(Ok(())) => DONE.set(Some(self)),
            Ok(Err(error)) => panic!("cannot set up the instance of a job: {error:#}"),
            Err(failure) => panic!("cannot set up the instance of a job: it {failure}"),
        }
        Ok(())
    }
}

fn bad_message(why: &str) -> Failure {
    Failure::BadMessage(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_what_it_was_without_the_init() {
        DONE.set(Some(Init { entry: 24, value: 7 << 40 | 5 }));
        let (_, longer) = with_init(8, b"message");
        DONE.set(None);
        let mut message = longer.into_owned();
        let (init, entry) = take_init(&mut message).unwrap();
        assert_eq!(
            (message.as_slice(), entry, init.entry, init.value),
            (&b"message"[..], 8, 24, 7 << 40 | 5)
        );
        assert!(take_init(&mut b"short".to_vec()).is_none());
        assert_eq!(with_init(8, b"message"), (8, Cow::Borrowed(&b"message"[..])));
    }

    #[test]
    fn an_init_that_failed_can_be_called_again() {
        crate::block_on(async {
            let fail = async |(): ()| Err(Error::msg("no file"));
            assert_eq!(init(fail, ()).await, Err(Error::msg("no file")));
            assert_eq!(
                init(async |n: u8| if n == 3 { Ok(()) } else { Err(Error::msg("n")) }, 3).await,
                Ok(())
            );
        });
    }
}
