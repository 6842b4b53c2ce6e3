//! The kinds of failures, and their texts.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::setting::{Limit, setting};

/// Explains why a job has no value.
///
/// A future with [`catch`](crate::ParallelFuture::catch) returns it. Any other future panics with its text.
/// The variants are those of `failure` in the contract (`wit/types.wit`).
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
/// use guest_runtime::Failure;
///
/// guest_runtime::block_on(async {
///     let failure = (async || -> u32 { panic!("no luck") }).par().catch().await.unwrap_err();
///     let Failure::Panicked(panic) = failure else { panic!("{failure}") };
///     assert_eq!(panic.message, "no luck");
///     assert!(panic.place.is_some());
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Failure {
    /// The job panicked.
    Panicked(Panic),
    /// WebAssembly stopped the job: it ran out of stack, called `abort`, and so on.
    Trapped(Trap),
    /// The job was cancelled while its parent still waits, because the run is ending.
    Cancelled,
    /// The job ran for longer than this.
    TimedOut(Duration),
    /// The job exceeded a memory limit.
    OutOfMemory(Excess),
    /// The job called the host more often than this limit allows.
    OutOfBudget(u64),
    /// The message, the result or an item exceeds the size limit.
    MessageTooLarge(Excess),
    /// The argument or the result cannot be encoded, or was encoded and cannot be decoded.
    BadMessage(String),
    /// The job was never started.
    Refused(Refusal),
    /// The job called [`exit`](crate::exit()) with this code.
    Exited(u8),
    /// The job ran on the machine of this name, which has ended or cannot be reached any more. It may have run or
    /// not, completely or in part.
    Lost(String),
}

/// A panic of a job: its message, and its location.
///
/// # Examples
///
/// ```
/// use guest_runtime::Failure;
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let failure = (async |n: u32| 12 / n).par_with(0).catch().await.unwrap_err();
///     let Failure::Panicked(panic) = failure else { panic!("{failure}") };
///     assert_eq!(panic.message, "attempt to divide by zero");
///     assert!(panic.place.is_some_and(|place| place.file.ends_with(".rs")));
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Panic {
    /// The message.
    pub message: String,
    /// The location, if the language of the job knows it.
    pub place: Option<Place>,
    /// The jobs that it passed through because no parent caught it: first the one that panicked, then the
    /// one that called it, and so on.
    pub through: Vec<Call>,
    /// The WebAssembly call stack of the job that panicked, innermost function first, one per line.
    pub backtrace: String,
}

/// A call of a job by its parent.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
/// use guest_runtime::Failure;
///
/// async fn inner() {
///     panic!("no luck");
/// }
///
/// async fn outer() {
///     inner.par().await;
/// }
///
/// guest_runtime::block_on(async {
///     let Err(Failure::Panicked(panic)) = outer.par().catch().await else { panic!() };
///     assert_eq!(panic.message, "no luck");
///     assert!(panic.through[0].job.ends_with("inner"));
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Call {
    /// The name of the job's function.
    pub job: String,
    /// The location of the call.
    pub place: Option<Place>,
}

/// A location in the source of the app.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
/// use guest_runtime::{Failure, Panic};
///
/// guest_runtime::block_on(async {
///     let failure = (async || -> u8 { panic!() }).par().catch().await.unwrap_err();
///     let Failure::Panicked(Panic { place: Some(place), .. }) = failure else { panic!("{failure}") };
///     assert!(place.file.ends_with(".rs"));
///     assert!(place.line > 0 && place.column > 0);
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Place {
    /// The file, as it was passed to the compiler.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1.
    pub column: u32,
}

/// A trap: its code, the text of the engine, and the call stack.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
/// use guest_runtime::{Failure, TrapCode};
///
/// guest_runtime::block_on(async {
///     let failure = (async || -> u8 { std::process::abort() }).par().catch().await.unwrap_err();
///     let Failure::Trapped(trap) = failure else { panic!("{failure}") };
///     assert_eq!(trap.code, TrapCode::UnreachableExecuted);
///     assert!(trap.message.contains("unreachable"));
///     assert!(trap.backtrace.contains("abort"));
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Trap {
    /// The reason.
    pub code: TrapCode,
    /// The text of the engine.
    pub message: String,
    /// The call stack, innermost function first, one per line.
    pub backtrace: String,
}

/// The reasons for which WebAssembly stops an instance; `trap-code` of the contract.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
/// use guest_runtime::{Failure, TrapCode};
///
/// #[expect(unconditional_recursion, reason = "exhausts the stack on purpose")]
/// fn deeper(n: u64) -> u64 {
///     std::hint::black_box(deeper(n + 1)) + n
/// }
///
/// guest_runtime::block_on(async {
///     let failure = (async || deeper(0)).par().catch().await.unwrap_err();
///     let Failure::Trapped(trap) = failure else { panic!("{failure}") };
///     // Which of the two stacks ends first is up to the compiler.
///     assert!(matches!(trap.code, TrapCode::StackOverflow | TrapCode::MemoryOutOfBounds));
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum TrapCode {
    /// An `unreachable` instruction, which is how `abort` ends.
    UnreachableExecuted,
    /// The call stack is exhausted.
    StackOverflow,
    /// An access outside of the memory of the instance.
    MemoryOutOfBounds,
    /// A call through a pointer that is not a function of the right type.
    BadIndirectCall,
    /// A division by zero, an overflow, or a conversion of a float that does not fit an integer.
    BadArithmetic,
    /// A rule of the component model was broken.
    BrokenContract,
    /// Something else; the message says what.
    Other,
}

/// A limit that was exceeded, in bytes.
///
/// # Examples
///
/// ```
/// use guest_runtime::Failure;
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let large = (async || vec![1_u8; 32 << 20].len()).par().memory(16 << 20).catch().await;
///     let Err(Failure::OutOfMemory(excess)) = large else { panic!() };
///     assert_eq!(excess.limit, 16 << 20);
///     assert!(excess.used > excess.limit);
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Excess {
    /// The limit.
    pub limit: u64,
    /// The number of bytes that would have been in use.
    pub used: u64,
    /// The name of the limit, as the program that runs the app has chosen it, such as `--job-memory`.
    pub setting: String,
}

/// Explains why a job was never started.
///
/// # Examples
///
/// Infinite recursion reaches a limit:
///
/// ```
/// use guest_runtime::prelude::*;
/// use guest_runtime::{Failure, Refusal};
///
/// #[guest_runtime::parallel]
/// async fn deeper() -> Failure {
///     deeper().par().catch().await.unwrap_or_else(|failure| failure)
/// }
///
/// guest_runtime::block_on(async {
///     assert_eq!(deeper().par().await, Failure::Refused(Refusal::Depth(64)));
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Refusal {
    /// The app has no function for the entry, so the entry did not come from this crate.
    NoSuchEntry,
    /// The app does not export `worker`.
    NoWorker,
    /// The job would be nested deeper than this limit.
    Depth(u32),
    /// Its parent has been asked to stop.
    Stopping,
    /// The host could not make an instance to run the job in, for this reason.
    NoInstance(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked(panic @ Panic { place: Some(_), .. }) => write!(f, "panicked {panic}"),
            Self::Panicked(panic) => write!(f, "panicked: {panic}"),
            Self::Trapped(trap) => write!(f, "trapped: {}", trap.message),
            Self::Cancelled => f.write_str("was cancelled"),
            Self::TimedOut(limit) => {
                let setting = setting(Limit::JobTimeout).map_or(String::new(), |name| format!(" or {name}"));
                write!(f, "took longer than the {limit:?} it was given (.timeout(){setting})")
            }
            Self::OutOfMemory(excess) => write!(f, "ran out of memory: {excess}"),
            Self::OutOfBudget(limit) => {
                let setting = in_brackets(setting(Limit::JobCalls));
                write!(f, "called the host more often than {limit} times{setting}")
            }
            Self::MessageTooLarge(excess) => write!(f, "has too large a message: {excess}"),
            Self::BadMessage(reason) => write!(f, "has a message that serde cannot carry: {reason}"),
            Self::Refused(refusal) => write!(f, "was not started: {refusal}"),
            Self::Exited(code) => write!(f, "exited with code {code}"),
            Self::Lost(node) => write!(f, "was lost with node {node}, and may have run or not"),
        }
    }
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "at {place}: ")?;
        }
        f.write_str(&self.message)?;
        for Call { job, place } in &self.through {
            write!(f, "\n  in job `{job}`")?;
            if let Some(place) = place {
                write!(f, ", called at {place}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column } = self;
        write!(f, "{file}:{line}:{column}")
    }
}

impl Place {
    pub(crate) fn of(location: &Location<'_>) -> Self {
        Self { file: location.file().to_owned(), line: location.line(), column: location.column() }
    }
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes, the limit is {} ({})", self.used, self.limit, self.setting)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchEntry => f.write_str("the app has no such entry"),
            Self::NoWorker => f.write_str("the app does not export `parallel:futures/worker`"),
            Self::Depth(limit) => {
                write!(f, "jobs may be nested {limit} deep{}", in_brackets(setting(Limit::Depth)))
            }
            Self::Stopping => f.write_str("its parent has been asked to stop"),
            Self::NoInstance(reason) => write!(f, "no instance could be made: {reason}"),
        }
    }
}

impl std::error::Error for Failure {}

/// Returns the text ` (name)`; an empty text without a name.
fn in_brackets(setting: Option<String>) -> String {
    setting.map_or(String::new(), |name| format!(" ({name})"))
}
