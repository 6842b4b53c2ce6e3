//! Structured concurrency and parallelism for WASI 0.2 components.
//!
//! A WebAssembly component has one thread. This crate runs its functions on other cores all the same: each
//! call runs in another instance of the same component, which the host creates. Arguments and results are
//! sent as messages, and borrowed arguments get their new values when the call completes.
//!
//! # A first program
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
//! Build it for the target `wasm32-wasip2`, and run it with the host of this project:
//!
//! ```text
//! $ cargo build --release --target wasm32-wasip2
//! $ host run target/wasm32-wasip2/release/app.wasm --cores 8
//! ```
//!
//! # Three things to know
//!
//! **Futures are lazy, and composition schedules them.** There is no `spawn`. Futures run concurrently when
//! they are awaited together, with [`join`](prelude), `race`, groups and streams of
//! [futures-concurrency](futures_concurrency). So no work outlives the future that it is part of:
//!
//! ```compile_fail,E0425
//! guest_runtime::spawn(async {});
//! ```
//!
//! **`.par()` marks a future as parallel.** It returns a [`ParallelFuture`], which composes like any other
//! future, and whose job may run on another core. Awaiting it returns the value of the job; dropping it
//! cancels the job, wherever that runs. A job that panics panics the future, unless the failure is
//! [caught](ParallelFuture::catch).
//!
//! **Instances share nothing.** Arguments and results are [`Message`]s: owned values with serde's two traits.
//! [Borrowed arguments](Argument) are serialized in place, and `&mut` arguments are updated when the future
//! completes. Every instance has its own copy of each `static`. In return, nothing has to be `Send`: a job
//! may use `Rc` and `RefCell`.
//!
//! # Modules and entry points
//!
//! | To run | write |
//! | --- | --- |
//! | a function | [`#[parallel]`](macro@parallel) on it, then `f(x).par()` |
//! | a block that uses local variables | [`par!([&words, &mut total, n] async { .. })`](par) |
//! | a closure that captures nothing, or any `async fn` | [`f.par()`](ParallelFn::par), [`f.par_with(x)`](ParallelFn::par_with), [`f.par_on(&mut x)`](ParallelFn::par_on) |
//! | one function on many items | [`items.par_map(f)`](iter::ParallelIterator::par_map) and its relatives in [`iter`] |
//! | a job that sends many values | [`stream`], with a [`Sender`] |
//! | many jobs that read one large value | [`Shared`] |
//! | jobs in a function that is not `async` | [`.wait()`](Wait::wait) |
//! | a job that can fail | [`Error`], the text of any error, as in `Result<T, Error>` |
//! | something in each instance before its first job | [`init`](init()), with a value |
//! | a handler of HTTP requests | [`#[guest_runtime::serve]`](macro@serve), with the feature `http` |
//! | an async `main`, or an async test | [`#[guest_runtime::main]`](macro@main), [`#[guest_runtime::test]`](macro@test) |
//!
//! | Module | contains |
//! | --- | --- |
//! | [`prelude`] | the traits with `par`, `join`, `next`, `read_line` and the rest |
//! | [`iter`] | parallel iterators over slices, ranges, chunks, iterators and streams |
//! | [`time`] | `sleep`, `timeout` and `interval` |
//! | [`io`] | stdin, stdout, stderr and every other stream of WASI |
//! | [`net`] | TCP, UDP and name lookup |
//! | `http` | an HTTP client, and handlers of HTTP requests, with the feature `http` |
//! | [`flat`] | vectors of numbers inside structs, copied at the speed of memcpy |
//!
//! [`wait_for`] awaits any other pollable of WASI. A single reactor wakes all of these, so an instance that
//! waits uses no core.
//!
//! # Where it runs
//!
//! On the host of this project, jobs run in parallel. `host compose app.wasm --portable -o out.wasm` makes a
//! component that runs on any WASI 0.2 runtime, such as wasmtime or jco.
//!
//! ## Without a host
//!
//! In a portable component, and in unit tests for the machine that compiles, the app is a single instance, and
//! each job is a future of the instance that started it. Jobs stay lazy, values are still copies, and streams
//! keep their order and bounds. A job runs while its [`ParallelFuture`] is polled, next to everything else
//! that is awaited there. Dropping the future drops the job and its jobs at once. [`has_parallelism`] returns
//! false, and [`cores`] returns 1.
//!
//! | | with a host | without |
//! | --- | --- | --- |
//! | a job that computes | occupies its core | blocks the app; no `race` and no timer stops it |
//! | a panic, a trap, [`exit`](exit()), out of memory | is a [`Failure`] of the job | ends the app |
//! | [`timeout`](ParallelFuture::timeout) | cancels the job | cancels a job that waits; one that computes fails afterwards |
//! | [`memory`](ParallelFuture::memory), [`fresh`](ParallelFuture::fresh) | take effect | have no effect |
//! | a message that cannot be encoded or decoded | is a failure of the job | is a failure of the job |
//! | endless nesting | is refused, 64 deep or at `--max-depth` | is refused, 64 deep |
//! | a `static` | exists once for each instance | exists once |
//! | [`start`](ParallelFuture::start) | starts the job on another core | starts it when it is polled |
//! | [`pollable`](ParallelFuture::pollable) | is ready when the job has ended | first runs the job to its end |
//! | Ctrl-C | runs destructors | depends on the runtime |
//!
//! # Feature flags
//!
//! All are off by default.
//!
//! | Feature | adds |
//! | --- | --- |
//! | `http` | [`http`](mod@http), a client and handlers for HTTP over `wasi:http` |
//!
//! # Further reading
//!
//! The book of the project has a tutorial, a guide to each module above, and a page on the cost of a job. The
//! directory `examples` has complete programs, from counting primes to a Redis server.

// Lets the code that the attributes expand to name this crate, also in its own tests.
#[cfg(test)]
extern crate self as guest_runtime;

mod bindings;
mod failure;
mod error;
mod reactor;
mod host;
mod block_on;
mod panic_hook;
mod main_function;
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

pub use block_on::{Wait, block_on};
pub use error::{Context, Error};
pub use exit::exit;
pub use failure::{Call, Excess, Failure, Panic, Place, Refusal, Trap, TrapCode};

/// Makes an `async fn main` the main function of a program.
///
/// It wraps the function in a call of [`block_on()`]. The function may return what any `main` may return, and
/// the arguments of the program are in `std::env::args`. If it panics, location and message are printed; a
/// component has no backtrace. `#[rt::main(crate = rt)]` is for a program that has this crate under another name,
/// as in the other attributes.
///
/// A program that is built for another target than WebAssembly runs [without a host](crate#without-a-host), and
/// a note on stderr says so. The environment variable `GUEST_RUNTIME_NATIVE` hides it.
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
/// It is a `#[test]` that passes the function to [`block_on()`], so the test may wait, and may have jobs. It
/// may return what any test may return, and keeps other attributes, such as `#[ignore]`.
///
/// With the host as the runner of `cargo test`, each test of a binary, also a plain `#[test]`, has a run of its
/// own, and runs start on all cores. Other runtimes run all tests in one instance, where the first that fails ends
/// them all, because a panic does not unwind on this target. Tests with `#[should_panic]` are skipped, as
/// everywhere on WebAssembly. A panic in a job ends only the job: to test for it,
/// [`catch`](ParallelFuture::catch) it.
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

/// Makes an `async fn` the handler of HTTP requests of a component. It needs the feature `http`.
///
/// `host serve` runs the component, and so does every server for `wasi:http/incoming-handler` of WASI 0.2. The
/// function stays an `async fn`, so tests can call it. Each instance handles one request at a time; with `.par()`
/// a request can use all cores. The jobs of a request are stopped when its client disconnects.
///
/// In a program, the attribute is for a function in `main.rs`, and there is no other `main`. In a library with
/// `crate-type = ["cdylib"]`, the function can be in any module.
///
/// # Examples
///
/// ```no_run
/// use guest_runtime::http::{Body, Request, Response};
///
/// #[guest_runtime::serve]
/// async fn handle(request: Request<Body>) -> Response<Body> {
///     Response::new(format!("hello from {}\n", request.uri().path()).into())
/// }
/// ```
///
/// The function may return a result. Its error is printed on stderr, and the client gets 500. With `state`, each
/// instance calls a function before its first request, and lends its value to all requests:
///
/// ```no_run
/// use guest_runtime::http::{self, Body, Request, Response};
/// use std::cell::Cell;
///
/// struct State {
///     requests: Cell<u64>,
/// }
///
/// async fn prepare() -> State {
///     State { requests: Cell::new(0) }
/// }
///
/// #[guest_runtime::serve(state = prepare)]
/// async fn handle(state: &State, request: Request<Body>) -> Result<Response<Body>, http::Error> {
///     state.requests.set(state.requests.get() + 1);
///     let text = request.into_body().limit(1 << 20).text().await?;
///     Ok(Response::new(format!("{}: {text}", state.requests.get()).into()))
/// }
/// ```
///
/// A last parameter of the type [`Responder`](crate::http::Responder) is for a handler that goes on after its
/// response.
#[cfg(feature = "http")]
pub use guest_runtime_macros::serve;

/// Adds `.par()` to the calls of an `async fn`, so that they can run in another instance.
///
/// A call returns `impl` [`Parallel`]`<Output = T>`. Awaited directly, it runs in the caller's instance, as
/// before; with `.par()` it runs in another. Arguments are [`Message`]s and borrows of them ([`Argument`]),
/// and the result is a [`Message`]. What the body holds across awaits need be neither.
///
/// Functions may be generic, and methods are supported: `self` has to be a message or a borrow of one. A
/// function that calls itself, for parallel recursion, needs the `.par()`, as a recursive `async fn` needs a
/// box. A trait declares such a method as `fn f(&self) -> impl Parallel<Output = T>`, and its implementations
/// have the attribute.
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
/// Methods of a trait:
///
/// ```
/// use guest_runtime::Parallel;
/// use guest_runtime::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// trait Shape {
///     fn area(&self) -> impl Parallel<Output = f64>;
/// }
///
/// #[derive(Serialize, Deserialize)]
/// struct Square(f64);
///
/// impl Shape for Square {
///     #[guest_runtime::parallel]
///     async fn area(&self) -> f64 {
///         self.0 * self.0
///     }
/// }
///
/// async fn areas<S: Shape>(shapes: &[S]) -> Vec<f64> {
///     shapes.iter().map(|shape| shape.area().par()).collect::<Vec<_>>().join().await
/// }
///
/// guest_runtime::block_on(async {
///     assert_eq!(areas(&[Square(2.0), Square(3.0)]).await, [4.0, 9.0]);
/// });
/// ```
///
/// Borrowed arguments are serialized in place; `&mut` arguments are updated when the future completes. Without
/// `.par()`, the same call passes the borrows themselves.
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
/// A result is owned: it cannot borrow from an argument, which exists only in the job's instance.
///
/// ```compile_fail
/// #[guest_runtime::parallel]
/// async fn first(words: &[String]) -> &str {
///     &words[0]
/// }
/// ```
pub use guest_runtime_macros::parallel;

/// Returns a future that runs an `async` block in another instance, with the local variables in the list.
///
/// `par!([&words, &mut total, n] async { .. })` runs the block as a job. What the block uses of the function
/// around it is in the list:
///
/// | Entry | The block gets |
/// | --- | --- |
/// | `n`, `mut n` | the value, which moves to the job; of a variable that is a borrow, that borrow |
/// | `&words` | a `&` of its own copy |
/// | `&mut total` | a `&mut`, whose new value is assigned when the future is ready |
/// | `name = value` | the value of the expression, which may be a borrow such as `&words[2..]` |
///
/// Without variables it is `par!(async { .. })`. A value is a [`Message`], a
/// [`Sender`] or a [`Shared`], and a borrow is one of a message, a slice or a
/// `str`. A list has up to eight entries. In the block, `return` and `?` end the job.
///
/// The future is lazy and has the options of every [`ParallelFuture`]. It holds what is
/// lent; a mutable borrow has its new value when the future is ready, and keeps the old one if the job fails or
/// the future is dropped before.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let words = ["one", "two", "three"].map(String::from);
///     let (mut total, n) = (0, 2);
///
///     let sum = par!([&words, &mut total, n] async {
///         *total += words.iter().map(String::len).sum::<usize>() * n;
///     });
///     let longest = par!([part = &words[1..]] async { part.iter().max_by_key(|word| word.len()).cloned() });
///     let ((), longest) = (sum, longest).join().await;
///     assert_eq!((total, longest.as_deref()), (22, Some("three")));
/// });
/// ```
///
/// Errors with `?`, and options:
///
/// ```
/// use guest_runtime::prelude::*;
/// use std::time::Duration;
///
/// guest_runtime::block_on(async {
///     let text = "twelve";
///     let number = par!([text] async {
///         let number: u32 = text.parse().map_err(|_| format!("{text} is no number"))?;
///         Ok::<_, String>(number)
///     });
///     assert_eq!(number.timeout(Duration::from_secs(60)).await, Err("twelve is no number".to_string()));
/// });
/// ```
///
/// A variable that the list lacks is an error:
///
/// ```compile_fail,E0277
/// # use guest_runtime::prelude::*;
/// let n: u64 = 21;
/// let doubled = par!(async { n * 2 });
/// ```
#[macro_export]
macro_rules! par {
    ($($tokens:tt)*) => {
        // The path of this crate, which may be renamed where the macro is used.
        $crate::__private::par!($crate $($tokens)*)
    };
}

pub use host::{cores, has_parallelism};
pub use job::{Catch, Parallel, ParallelFn, ParallelFuture, ParallelStream, stream, try_stream};
pub use pollable::{WaitFor, wait_for};
pub use remote::{Argument, CapturesNothing, Message, Sender, Shared, Value, init};

#[doc(no_inline)]
pub use futures_concurrency;
#[doc(no_inline)]
pub use futures_concurrency::{future::FutureGroup, stream::StreamGroup};
#[doc(no_inline)]
pub use futures_lite;

/// What the attributes of this crate expand to, and what its fuzz target tests. Not a part of the API.
#[doc(hidden)]
pub mod __private {
    pub use guest_runtime_macros::par;

    #[cfg(feature = "http")]
    pub use crate::http::handler::{main_of_handler, respond, run_handler};
    pub use crate::job::{Kind, call, is_message, job, kind_of, lend, lend_mut};
    pub use crate::main_function::run_main;
    pub use crate::remote::{Moved, wire};
    pub use crate::test::run_test;
    #[cfg(feature = "http")]
    pub use wasi::exports::http::incoming_handler::Guest as Handler;
    #[cfg(feature = "http")]
    pub use wasi::http::proxy::export as export_handler;
    #[cfg(feature = "http")]
    pub use wasi::http::types::{IncomingRequest, ResponseOutparam};
}
