//! The parallel story: what `.par()` is on, and where it leads.
//!
//! [`Parallel`] and [`ParallelFn`] are the two doors to a [`ParallelFuture`]. Behind them, in the
//! order in which a job meets them: [`work`] is the code and its arguments, [`codec`] writes the
//! arguments down, [`entry`] names the code in every instance, [`jobs`] asks the host, and
//! [`worker`] runs it on the far side.

mod arguments;
mod codec;
mod work;
mod entry;
mod uncaught;
mod future;
mod call;
mod worker;

use std::future::Future;

pub use arguments::Message;
pub use call::call;
pub use future::{Catch, ParallelFuture};

use crate::jobs;
use work::{Nullary, Unary};

/// How many cores this run has.
///
/// This is what `std::thread::available_parallelism` cannot tell a component.
///
/// # Examples
///
/// ```
/// assert!(guest_runtime::cores() >= 1);
/// ```
pub fn cores() -> usize {
    jobs::cores()
}

/// A call of a [`#[parallel]`](macro@crate::parallel) function: a future that may run elsewhere.
///
/// Awaited as it is, it runs here, like the call of any `async fn`. [`par`](Parallel::par) makes
/// a future of it that runs in another instance.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// #[guest_runtime::parallel]
/// async fn double(n: u64) -> u64 {
///     n * 2
/// }
///
/// guest_runtime::block_on(async {
///     assert_eq!(double(4).await, 8);
///     assert_eq!(double(4).par().await, 8);
/// });
/// ```
#[must_use = "a call does nothing until it is awaited, or made parallel and awaited"]
pub trait Parallel: Future {
    /// Makes this a future that runs in another instance of this app, on whichever core is free
    /// first.
    ///
    /// Nothing is sent until the future is first polled.
    fn par(self) -> ParallelFuture<Self::Output>
    where
        Self: Sized;
}

/// A function or closure that captures nothing: it can run elsewhere without having a name.
///
/// The counterpart of the essay's `async { 1 }.par()` is `(async || 1).par()`: a future that has
/// been made cannot move to another instance, but the code that makes one is there already.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// async fn shout(text: String) -> String {
///     text.to_uppercase()
/// }
///
/// guest_runtime::block_on(async {
///     let a = (async || 1).par();
///     let b = (async |n: u64| n * 2).par_with(21);
///     let c = shout.par_with("hello".to_string());
///     assert_eq!((a, b, c).join().await, (1, 42, "HELLO".to_string()));
/// });
/// ```
///
/// A closure that captures does not compile; pass the value as an argument instead:
///
/// ```compile_fail,E0080
/// # use guest_runtime::prelude::*;
/// let n: u64 = 21;
/// let doubled = (async move || n * 2).par();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot run in another instance",
    label = "captures something, or is no function",
    note = "only functions, and closures that capture nothing, exist in every instance",
    note = "pass what it needs as an argument: `(async |value| ..).par_with(value)`"
)]
pub trait ParallelFn: Copy + 'static {
    /// A future that calls this without arguments in another instance of this app.
    ///
    /// Nothing is sent until the future is first polled.
    #[track_caller]
    fn par<R: Message>(self) -> ParallelFuture<R>
    where
        Self: AsyncFn() -> R,
    {
        const { work::captures_nothing::<Self>() };
        ParallelFuture::new(Nullary::new(self), ())
    }

    /// A future that calls this with one argument in another instance of this app.
    ///
    /// For several, pass a tuple; where they are large, [`#[parallel]`](macro@crate::parallel) on
    /// a function moves each at full speed.
    #[track_caller]
    fn par_with<A: Message, R: Message>(self, argument: A) -> ParallelFuture<R>
    where
        Self: AsyncFn(A) -> R,
    {
        const { work::captures_nothing::<Self>() };
        ParallelFuture::new(Unary::new(self), (argument,))
    }
}

impl<F: Copy + 'static> ParallelFn for F {}
