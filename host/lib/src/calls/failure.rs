//! Why a call has no result.

use std::fmt;
use std::time::Duration;

use crate::escaped::Escaped;
use crate::job::account::Excess;
use crate::job::call::{self, Refusal};

/// Why a call has no result. Its text is one line.
///
/// # Examples
///
/// ```no_run
/// use host::Failure;
///
/// # let host = host::Host::new(&host::Config::default())?;
/// # let library = host.open("stats.wasm", &host::RunConfig::default())?;
/// let count = library.function("count")?.typed::<(String,), (u32,)>()?;
/// match count.call(("to be".to_owned(),)).wait() {
///     Ok((words,)) => println!("{words} words"),
///     Err(Failure::TimedOut(limit)) => println!("not within {limit:?}"),
///     Err(failure) => println!("the plugin failed: {failure}"),
/// }
/// # Ok::<(), host::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// The function trapped.
    #[non_exhaustive]
    Trapped {
        /// The reason, as the engine describes it.
        message: String,
        /// The functions that were being called, innermost first, one on each line.
        backtrace: String,
    },
    /// The function panicked. Only a guest with the guest runtime reports this; others trap.
    Panicked(String),
    /// The function took longer than this.
    TimedOut(Duration),
    /// The function, or the run as a whole, was denied memory.
    #[non_exhaustive]
    OutOfMemory {
        /// The limit in bytes.
        limit: u64,
        /// How many bytes it would have used.
        used: u64,
        /// The name of the limit.
        setting: String,
    },
    /// The function called the host more often than this.
    OutOfBudget(u64),
    /// Arguments or a result of this many bytes exceed [`Limits::message`](crate::Limits::message).
    TooLarge(u64),
    /// The text of the arguments is not one of the function's types.
    BadArguments(String),
    /// The function ended its instance with this exit code.
    Exited(u8),
    /// The call, or its session or library, was stopped.
    Stopped,
    /// The call was not made, or its instance could not be created.
    Refused(String),
}

impl From<call::Failure> for Failure {
    fn from(failure: call::Failure) -> Self {
        match failure {
            call::Failure::Panicked(panic) => Self::Panicked(panic.message),
            call::Failure::Trapped(trap) => {
                Self::Trapped { message: trap.message, backtrace: trap.backtrace }
            }
            call::Failure::Cancelled => Self::Stopped,
            call::Failure::TimedOut(nanoseconds) => Self::TimedOut(Duration::from_nanos(nanoseconds)),
            call::Failure::OutOfMemory(excess) => excess.into(),
            call::Failure::OutOfBudget(calls) => Self::OutOfBudget(calls),
            call::Failure::MessageTooLarge(excess) => Self::TooLarge(excess.used),
            call::Failure::BadMessage(why) => Self::BadArguments(why),
            call::Failure::Refused(Refusal::NoInstance(why)) => {
                Self::Refused(format!("no instance could be made: {why}"))
            }
            call::Failure::Refused(refusal) => Self::Refused(format!("{refusal:?}")),
            call::Failure::Exited(code) => Self::Exited(code),
            // Calls do not leave this machine.
            call::Failure::Lost(node) => Self::Refused(format!("it was lost with node {node}")),
        }
    }
}

impl From<Excess> for Failure {
    fn from(Excess { limit, used, setting }: Excess) -> Self {
        Self::OutOfMemory { limit, used, setting }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trapped { message, .. } => write!(f, "trapped: {}", Escaped(message)),
            Self::Panicked(message) => write!(f, "panicked: {}", Escaped(message)),
            Self::TimedOut(after) => write!(f, "took longer than {after:?}"),
            Self::OutOfMemory { limit, used, setting } => {
                write!(f, "ran out of memory: it wanted {used} bytes, the limit is {limit} ({setting})")
            }
            Self::OutOfBudget(calls) => write!(f, "called the host more than {calls} times"),
            Self::TooLarge(bytes) => {
                write!(f, "has arguments or a result of {bytes} bytes, which is too many")
            }
            Self::BadArguments(why) => write!(f, "got invalid arguments: {}", Escaped(why)),
            Self::Exited(code) => write!(f, "exited with code {code}"),
            Self::Stopped => f.write_str("was stopped"),
            Self::Refused(why) => write!(f, "could not be called: {}", Escaped(why)),
        }
    }
}

impl std::error::Error for Failure {}
