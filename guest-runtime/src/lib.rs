//! Structured concurrency and parallelism for WASI 0.2 programs.
//!
//! A component has one thread. With this crate a function of it can run on another core all the
//! same: in another instance of the same component, which the host makes. Arguments go there and
//! the result comes back as messages, and so does the new value of what was borrowed mutably.
//!
//! ```
//! use guest_runtime::prelude::*;
//! use std::ops::Range;
//!
//! #[guest_runtime::parallel]
//! async fn primes(range: Range<u64>) -> usize {
//!     range.filter(|&n| n > 1 && (2..).take_while(|d| d * d <= n).all(|d| n % d != 0)).count()
//! }
//!
//! #[guest_runtime::main]
//! async fn main() {
//!     let a = primes(0..500);                         // nothing happens yet
//!     let b = primes(500..1_000);
//!     let (a, b) = (a, b).join().await;               // concurrent: this instance, one core
//!     assert_eq!(a + b, 168);
//!
//!     let a = primes(0..500).par();                   // nothing happens yet
//!     let b = primes(500..1_000).par();
//!     let (a, b) = (a, b).join().await;               // parallel: other instances, other cores
//!     assert_eq!(a + b, 168);
//! }
//! ```
//!
//! Build it with `cargo build --target wasm32-wasip2`, run it with `host run app.wasm --cores 8`.
//!
//! # The model
//!
//! Concurrency is structure, parallelism is a resource, and the two stay apart. Futures are
//! scheduled in one way only, by composition: [`join`](prelude), `race`, groups and streams of
//! [futures-concurrency](futures_concurrency). Whether a future may use another core is said by
//! the future itself, with `.par()`. The result is a [`ParallelFuture`], and it is like any other
//! future: it does nothing until it is awaited, it always gives its value back, and it is
//! stopped, wherever it runs, when it is dropped.
//!
//! There is no `spawn`, so nothing ever outlives the future it is part of:
//!
//! ```compile_fail,E0425
//! guest_runtime::spawn(async {});
//! ```
//!
//! # Which door
//!
//! | you have | you write |
//! | --- | --- |
//! | a function of your own | [`#[parallel]`](macro@parallel) on it, then `f(x).par()` |
//! | a closure that captures nothing, or any `async fn` | [`f.par()`](ParallelFn::par), [`f.par_with(x)`](ParallelFn::par_with), [`f.par_on(&mut x)`](ParallelFn::par_on) |
//! | many items | [`items.par_map(f)`](iter::ParallelIterator::par_map) and its like, in [`iter`] |
//! | work that has many values, one after the other | [`stream`] |
//! | a job that may fail, and a plan for that | [`.par().catch()`](ParallelFuture::catch) |
//!
//! # Waiting
//!
//! What a program waits for is in [`time`], [`io`], [`net`] and, with the feature `http`, in
//! `http`; [`wait_for`] awaits every other pollable of WASI. All of it is woken by one reactor,
//! which waits for all at once.
//!
//! # What crosses
//!
//! Every argument and result is a [`Message`]: an owned value with serde's two traits. A `Vec` of
//! plain numbers or a `String` that is an argument or the result of its own is copied as it lies;
//! for one inside a struct of yours see [`flat`]. A borrow of such a value crosses too ([`Argument`]):
//! it is lent on the far side, and if it is mutable, its new value comes back with the result. A value
//! that many jobs read can be [`Shared`]. Nothing else crosses: a job sees its own copy of every
//! `static`, and may hold `Rc`, `RefCell` and everything else that is not `Send`.
//!
//! # Without a host
//!
//! `host compose app.wasm --portable -o out.wasm` makes a component that any WASI 0.2 runtime runs. There
//! the app is one instance, and each job is a future of the instance that started it: the same message,
//! so values are copies, the same laziness, the same order and bounds of streams. It goes on when its
//! [`ParallelFuture`] is polled, beside everything else that is awaited there, and dropping that drops it at
//! once, with its jobs. [`has_parallelism`] tells, and [`cores`] is 1.
//!
//! | | with a host | without |
//! | --- | --- | --- |
//! | a job that computes | holds up its core | holds up the app; no `race` and no timer stops it |
//! | a panic, a trap, [`exit`](exit()), no memory | a [`Failure`] of the job | the end of the app |
//! | [`timeout`](ParallelFuture::timeout) | stops the job | stops one that waits; of one that computes it is the failure, afterwards |
//! | [`memory`](ParallelFuture::memory), [`fresh`](ParallelFuture::fresh) | as asked | of no effect |
//! | a message that cannot be read or written | a failure of the job | the same |
//! | nesting, without end | refused, 64 deep or at `--max-depth` | refused, 64 deep |
//! | a `static` | one for each instance | one for all |
//! | [`start`](ParallelFuture::start) | the job begins elsewhere | it begins when it is polled |
//! | [`pollable`](ParallelFuture::pollable) | ready when the job has ended | runs it to its end first |
//! | Ctrl-C | destructors run | up to the runtime |
//!
//! # Features
//!
//! All are off by default.
//!
//! | feature | brings |
//! | --- | --- |
//! | `http` | [`http`](mod@http): a client for HTTP, over `wasi:http` |

// What the attributes expand to names this crate, also in its own tests.
#[cfg(test)]
extern crate self as guest_runtime;

mod bindings;
mod failure;
mod reactor;
mod host;
mod block_on;
mod test;
pub mod time;
mod pollable;
pub mod io;
pub mod net;
#[cfg(feature = "http")]
pub mod http;
pub mod flat;
mod remote;
mod local;
mod job;
pub mod iter;
mod exit;
pub mod prelude;

pub use block_on::block_on;
pub use exit::exit;
pub use failure::{Call, Excess, Failure, Panic, Place, Refusal, Trap, TrapCode};

/// Makes an `async fn main` the main function of a program.
///
/// The function may return what any `main` may return. Arguments of the program are in
/// `std::env::args`, as always.
///
/// # Examples
///
/// ```
/// #[guest_runtime::main]
/// async fn main() -> Result<(), std::num::ParseIntError> {
///     let n: u32 = "7".parse()?;
///     assert_eq!(n, 7);
///     Ok(())
/// }
/// ```
pub use guest_runtime_macros::main;

/// Makes an `async fn` a test.
///
/// It is a `#[test]` that gives the function to [`block_on()`], so it may wait, and have jobs. It may
/// return what any test may return, and takes other attributes, such as `#[ignore]`, along.
///
/// `cargo test --target wasm32-wasip2` runs the tests of a binary in one instance, one after the
/// other. A panic does not unwind on this target, so the first test that fails ends them all, and
/// tests that are `#[should_panic]` are left out, as everywhere on WebAssembly. A panic in a job
/// ends nothing but the job: to test for it, [`catch`](ParallelFuture::catch) it.
///
/// # Examples
///
/// ```
/// # #[expect(clippy::test_attr_in_doctest, reason = "shown here, run by the tests of the book")]
/// #[guest_runtime::test]
/// async fn a_job_doubles() {
///     use guest_runtime::prelude::*;
///
///     assert_eq!((async |n: u64| n * 2).par_with(4).await, 8);
/// }
/// ```
pub use guest_runtime_macros::test;

/// Makes the calls of an `async fn` futures that can run in another instance, with `.par()`.
///
/// A call returns `impl` [`Parallel`]`<Output = T>`: awaited as it is, it runs here, as before;
/// with `.par()` it runs elsewhere. Arguments are [`Message`]s and borrows of them ([`Argument`]), the
/// result is a [`Message`]. What the body holds across awaits is its own business.
///
/// Generic functions and methods are fine; a `self` has to be a message too, or a borrow of one. A call of the
/// function itself, for parallel recursion, needs its `.par()`, as an `async fn` needs a box.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
/// use std::rc::Rc;
///
/// #[guest_runtime::parallel]
/// async fn longest(words: Vec<String>) -> Option<String> {
///     let words = Rc::new(words);     // not `Send`, and need not be
///     words.iter().max_by_key(|word| word.len()).cloned()
/// }
///
/// guest_runtime::block_on(async {
///     let words = ["a", "bcd", "ef"].map(String::from).to_vec();
///     assert_eq!(longest(words).par().await.as_deref(), Some("bcd"));
/// });
/// ```
///
/// Generics and methods:
///
/// ```
/// use guest_runtime::Message;
/// use guest_runtime::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Account {
///     cents: u64,
/// }
///
/// impl Account {
///     #[guest_runtime::parallel]
///     async fn grown(self, percent: u64) -> Self {
///         Self { cents: self.cents + self.cents * percent / 100 }
///     }
/// }
///
/// #[guest_runtime::parallel]
/// async fn largest<T: Message + Ord>(items: Vec<T>) -> Option<T> {
///     items.into_iter().max()
/// }
///
/// guest_runtime::block_on(async {
///     assert_eq!(Account { cents: 200 }.grown(5).par().await.cents, 210);
///     assert_eq!(largest(vec!["b".to_string(), "c".to_string()]).par().await.as_deref(), Some("c"));
/// });
/// ```
///
/// Borrows: what is lent is written down from where it lies, and what is lent mutably has its new
/// value when the future is ready. Awaited here, the same call passes the borrows themselves.
///
/// ```
/// use guest_runtime::prelude::*;
///
/// #[guest_runtime::parallel]
/// async fn scale(numbers: &mut [f64], factor: &f64) -> usize {
///     numbers.iter_mut().for_each(|number| *number *= factor);
///     numbers.len()
/// }
///
/// guest_runtime::block_on(async {
///     let mut numbers = vec![1.0, 2.0, 3.0, 4.0];
///     let (left, right) = numbers.split_at_mut(2);
///     (scale(left, &10.0).par(), scale(right, &0.5).par()).join().await;
///     assert_eq!(numbers, [10.0, 20.0, 1.5, 2.0]);
/// });
/// ```
///
/// A result is owned: it cannot point into an argument, because on the far side that is gone.
///
/// ```compile_fail
/// #[guest_runtime::parallel]
/// async fn first(words: &[String]) -> &str {
///     &words[0]
/// }
/// ```
pub use guest_runtime_macros::parallel;

pub use host::{cores, has_parallelism};
pub use job::{Catch, Parallel, ParallelFn, ParallelFuture, ParallelStream, stream, try_stream};
pub use pollable::{WaitFor, wait_for};
pub use remote::{Argument, Message, Sender, Shared, Value};

#[doc(no_inline)]
pub use futures_concurrency;
#[doc(no_inline)]
pub use futures_concurrency::{future::FutureGroup, stream::StreamGroup};
#[doc(no_inline)]
pub use futures_lite;

/// What the attributes of this crate expand to. Not for anybody else.
#[doc(hidden)]
pub mod __private {
    pub use crate::job::{call, lend, lend_mut};
    pub use crate::remote::Moved;
    pub use crate::test::run_test;
}
