//! A call that has no result: what stderr says of it, and the exit code.

use host::{Escaped, Failure};

use crate::backtrace::{BACKTRACE, shows_backtraces};
use crate::exit::{FAILED, REFUSED, TIMED_OUT, TRAPPED, USAGE};
use crate::signals;
use crate::stderr::tell;

/// Returns the exit code of the process.
pub(crate) fn code(failure: &Failure) -> u8 {
    match failure {
        Failure::Trapped { .. } | Failure::Panicked(_) | Failure::OutOfMemory { .. } => TRAPPED,
        Failure::TimedOut(_) => TIMED_OUT,
        Failure::OutOfBudget(_) => FAILED,
        Failure::BadArguments(_) | Failure::TooLarge(_) => USAGE,
        Failure::Exited(code) => *code,
        Failure::Stopped => signals::exit_code(),
        Failure::Refused(_) => REFUSED,
        // A failure that this command does not know.
        _ => 70,
    }
}

/// Reports a call that has no result, unless a signal stopped it.
pub(crate) fn report(name: &str, failure: &Failure) {
    if *failure == Failure::Stopped {
        return;
    }
    let backtrace = match failure {
        Failure::Trapped { backtrace, .. } => backtrace.as_str(),
        _ => "",
    };
    match backtrace {
        "" => tell(format_args!("error: {name} {failure}\n")),
        backtrace if shows_backtraces() => {
            tell(format_args!("error: {name} {failure}\n"));
            backtrace.lines().for_each(|line| tell(format_args!("{}\n", Escaped(line))));
        }
        _ => tell(format_args!("error: {name} {failure} ({BACKTRACE}=1 shows more)\n")),
    }
}
