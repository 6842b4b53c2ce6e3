//! A future with a time limit.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::{Sleep, sleep};

/// Limits how long a future may take, counted from this call.
///
/// A future that is ready at the same time as the timer wins.
///
/// # Examples
///
/// ```
/// use guest_runtime::time::timeout;
/// use std::future::pending;
/// use std::time::Duration;
///
/// guest_runtime::block_on(async {
///     assert_eq!(timeout(Duration::from_secs(1), async { 7 }).await, Ok(7));
///     assert!(timeout(Duration::from_millis(1), pending::<()>()).await.is_err());
/// });
/// ```
///
/// # Errors
///
/// [`Elapsed`], if the time has elapsed before the future is ready.
///
/// # Cancellation
///
/// The inner future is dropped with the `Timeout`, not when the time has elapsed.
pub fn timeout<F: Future>(duration: Duration, future: F) -> Timeout<F> {
    Timeout { future, sleep: sleep(duration) }
}

pin_project! {
    /// The future of [`timeout`].
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::time::{Timeout, timeout};
    /// use std::future::{Ready, ready};
    /// use std::time::Duration;
    ///
    /// let soon: Timeout<Ready<u8>> = timeout(Duration::from_secs(1), ready(7));
    /// assert_eq!(guest_runtime::block_on(soon), Ok(7));
    /// ```
    #[derive(Debug)]
    #[must_use = "a timeout does nothing until it is awaited"]
    pub struct Timeout<F> {
        #[pin]
        future: F,
        #[pin]
        sleep: Sleep,
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(output) = this.future.poll(context) {
            return Poll::Ready(Ok(output));
        }
        this.sleep.poll(context).map(|()| Err(Elapsed(())))
    }
}

/// The error of [`timeout`]: the time has elapsed.
///
/// # Examples
///
/// ```
/// # guest_runtime::block_on(async {
/// # use guest_runtime::time::timeout;
/// # use std::time::Duration;
/// let elapsed = timeout(Duration::ZERO, std::future::pending::<()>()).await.unwrap_err();
/// assert_eq!(elapsed.to_string(), "the time is up");
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed(());

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time is up")
    }
}

impl std::error::Error for Elapsed {}
