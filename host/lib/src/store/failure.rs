//! The reasons why a guest ended early, in the terms of the contract.

use std::fmt::{self, Display, Write};

use rustix::io::Errno;
use wasmtime::{GcHeapOutOfMemory, PoolConcurrencyLimitError, ThrownException, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use super::state::{Halt, State};
use crate::bindings::parallel::futures::types::{self, Refusal, TrapCode};
use crate::error::{Backtrace, MORE_SPACE, Setting, UNCAUGHT};
use crate::job::call::Failure;
use crate::job::lift::texts::{LONG, shortened};

/// Returns the failure that describes an error from a guest.
pub(crate) fn of_guest(error: &wasmtime::Error, state: &mut State) -> Failure {
    let denied = state.memory.take_denied();
    if let Some(excess) = state.take_denied(error) {
        return Failure::OutOfMemory(excess);
    }
    match error.downcast_ref() {
        Some(Halt::OutOfBudget) => {
            return Failure::OutOfBudget(state.tree().limits.job_calls.unwrap_or(u64::MAX));
        }
        Some(Halt::Stopped) => return Failure::Cancelled,
        None => {}
    }
    // The guest reported a panic before it trapped.
    if let Some(mut panic) = state.jobs.take_panic() {
        // It began here, unless it is about the failure of another job.
        if panic.backtrace.is_empty() {
            panic.backtrace = stack(error);
        }
        return Failure::Panicked(panic);
    }
    // A guest that is denied memory aborts, and an abort is a trap without a reason. The heap of the garbage
    // collector cannot be denied memory without a trap.
    let is_abort = matches!(error.downcast_ref(), Some(Trap::UnreachableCodeReached));
    if let Some(excess) = denied
        && (is_abort || error.is::<GcHeapOutOfMemory<()>>())
    {
        return Failure::OutOfMemory(excess);
    }
    if is_for_want_of_room(error) {
        return Failure::Refused(Refusal::NoInstance(no_instance(error)));
    }
    if let Some(I32Exit(code)) = error.downcast_ref() {
        return Failure::Exited(u8::try_from(*code).unwrap_or(u8::MAX));
    }
    let message = match error.downcast_ref() {
        Some(Trap::StackOverflow) => {
            format!(
                "call stack exhausted; a larger stack may help ({})",
                state.tree().setting_name(Setting::Stack)
            )
        }
        Some(trap) => text(trap),
        None if error.is::<ThrownException>() => UNCAUGHT.to_owned(),
        None => bounded(&error.root_cause()),
    };
    Failure::Trapped(types::Trap {
        code: error.downcast_ref().map_or(TrapCode::Other, code),
        message,
        backtrace: stack(error),
    })
}

/// Returns the failure of a job for which no instance could be made.
pub(crate) fn of_instance(error: &wasmtime::Error, state: &mut State) -> Failure {
    match state.take_denied(error).or_else(|| state.memory.take_denied()) {
        Some(excess) => Failure::OutOfMemory(excess),
        // Shows the root cause only, without the errors around it.
        None => Failure::Refused(Refusal::NoInstance(no_instance(error))),
    }
}

/// Returns whether the engine, before any code of the guest has run, had no room in its pool, or the system
/// refused it memory, address space or another resource. A later attempt may succeed.
pub(crate) fn is_for_want_of_room(error: &wasmtime::Error) -> bool {
    let is_refused =
        |errno: Option<Errno>| matches!(errno, Some(Errno::NOMEM | Errno::AGAIN | Errno::NOBUFS));
    let of_io = |error: &std::io::Error| is_refused(Errno::from_io_error(error));
    error.downcast_ref::<WasmBacktrace>().is_none()
        && (error.is::<PoolConcurrencyLimitError>()
            || error.is::<wasmtime::OutOfMemory>()
            || is_refused(error.downcast_ref::<Errno>().copied())
            || error.downcast_ref::<std::io::Error>().is_some_and(of_io))
}

/// Returns why no instance could be made, and what to do about it. The room of the pool grows with the number
/// of slots.
pub(crate) fn no_instance(error: &wasmtime::Error) -> String {
    let why = bounded(&error.root_cause());
    if error.is::<PoolConcurrencyLimitError>() {
        format!("{why}; more slots make more room")
    } else if is_for_want_of_room(error) {
        format!("{why}; {MORE_SPACE}")
    } else {
        why
    }
}

/// Returns the failure of a job of an app that has no worker.
pub(crate) fn no_worker() -> Failure {
    Failure::Refused(Refusal::NoWorker)
}

/// Returns the failure of a job that ended because the host itself panicked.
pub(crate) fn of_host(panic: &(dyn std::any::Any + Send)) -> Failure {
    Failure::Trapped(types::Trap {
        code: TrapCode::Other,
        message: format!("a bug of the host, please report it: {}", text_of(panic)),
        backtrace: String::new(),
    })
}

/// Returns the message of a panic of the host.
pub(crate) fn text_of(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}

/// Returns the engine's message, without the "wasm trap: " in front of it.
fn text(trap: &Trap) -> String {
    let text = trap.to_string();
    text.strip_prefix("wasm trap: ").unwrap_or(&text).to_owned()
}

fn code(trap: &Trap) -> TrapCode {
    match trap {
        Trap::UnreachableCodeReached => TrapCode::UnreachableExecuted,
        Trap::StackOverflow => TrapCode::StackOverflow,
        Trap::MemoryOutOfBounds => TrapCode::MemoryOutOfBounds,
        Trap::TableOutOfBounds | Trap::IndirectCallToNull | Trap::BadSignature => TrapCode::BadIndirectCall,
        Trap::IntegerOverflow | Trap::IntegerDivisionByZero | Trap::BadConversionToInteger => {
            TrapCode::BadArithmetic
        }
        Trap::CannotEnterComponent
        | Trap::CannotLeaveComponent
        | Trap::InvalidChar
        | Trap::StringOutOfBounds
        | Trap::ListOutOfBounds
        | Trap::InvalidDiscriminant
        | Trap::UnalignedPointer => TrapCode::BrokenContract,
        _ => TrapCode::Other,
    }
}

/// Returns the frames of the stack of an error, a line each; nothing if it has none.
fn stack(error: &wasmtime::Error) -> String {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else { return String::new() };
    let text = bounded(&Backtrace(backtrace));
    text.lines().skip(1).map(str::trim).collect::<Vec<_>>().join("\n")
}

/// Renders a value up to a bound. Names in it have any length, and are longer when they are demangled.
fn bounded(shown: &impl Display) -> String {
    let mut text = Bounded(String::new());
    // An error only means that the text is longer than the bound.
    _ = write!(text, "{shown}");
    shortened(text.0, LONG)
}

/// A text that takes a character more than the bound, and rejects the rest.
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let most = (LONG + 4).saturating_sub(self.0.len());
        self.0.push_str(&more[..more.floor_char_boundary(most)]);
        if more.len() > most { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_backtrace_has_a_bound() {
        assert_eq!(bounded(&"short"), "short");
        assert_eq!(bounded(&"x".repeat(LONG)), "x".repeat(LONG));
        let long = bounded(&format_args!("{}{}", "ä".repeat(LONG), "b".repeat(LONG)));
        assert_eq!(long, "ä".repeat(LONG / 2) + "…");
    }
}
