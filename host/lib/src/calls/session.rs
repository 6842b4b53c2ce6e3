//! A session: several calls in one instance.

use std::fmt;
use std::sync::Arc;

use crate::exec::session;

/// Calls that share one instance, which keeps its state from each to the next.
///
/// [`Function::with_session`](crate::Function::with_session) makes the calls of a function in it. The calls run one
/// after another, in the order in which they are first polled. The instance is created at the first call, and takes
/// one of the [slots](crate::Config::slots) of the host until the session is dropped. All functions of a session
/// are of one library.
///
/// A call that traps, takes too long, or is dropped while it runs, ends the session: its instance cannot be used
/// any more, and later calls fail.
///
/// Dropping the session and all functions that use it drops the instance, and stops the call that runs.
///
/// # Examples
///
/// ```no_run
/// # let host = host::Host::new(&host::Config::default())?;
/// let library = host.open("counter.wasm", &host::RunConfig::default())?;
/// let next = library.function("next")?;
/// let (a, b) = (host::Session::new(), host::Session::new());
/// for session in [&a, &b] {
///     let next = next.clone().with_session(session).typed::<(), (u32,)>()?;
///     assert_eq!((next.call(()).wait()?, next.call(()).wait()?), ((1,), (2,)));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Session(Arc<session::Session>);

impl Session {
    /// Creates a session, which has no instance until its first call.
    ///
    /// # Examples
    ///
    /// ```
    /// let session = host::Session::new();
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(session::Session::new()))
    }

    pub(super) fn inner(&self) -> Arc<session::Session> {
        Arc::clone(&self.0)
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session")
    }
}
