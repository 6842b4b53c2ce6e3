//! The `worker` export, which runs jobs.
//!
//! The host calls it in an instance where `main` has never run. It gets a message, runs the entry to
//! completion and returns the reply. If another job waits, it runs within the same call.

use std::cell::Cell;
use std::io::Write;
use std::panic::PanicHookInfo;
use std::sync::Once;

use super::entry::Entry;
use super::init;
use crate::bindings::exports::parallel::futures::worker::Guest;
use crate::bindings::parallel::futures::{jobs as imports, types as wit};
use crate::{Failure, Panic, Place, failure, host};

struct Worker;

impl Guest for Worker {
    fn run(entry: u32, message: Vec<u8>) -> Result<Vec<u8>, wit::Failure> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            std::panic::set_hook(Box::new(report));
            init::forbid();
        });
        let mut outcome = run_one(entry, message);
        while let Ok(reply) = &outcome
            && let Some((entry, message)) = next(reply)
        {
            outcome = run_one(entry, message);
        }
        outcome.map_err(wit::Failure::from)
    }
}

fn run_one(entry: u32, message: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let outcome = Entry::at(entry).and_then(|entry| entry.run(message)).and_then(|reply| {
        host::check_message(reply.len())?;
        Ok(reply)
    });
    // Text that the job printed without a newline is still in a buffer of this instance. Without a flush it
    // would be written with the output of the next job, or never. An error cannot be reported anywhere.
    let _ = std::io::stdout().flush();
    outcome
}

/// The maximum number of consecutive jobs that return without asking for the next one.
const MOST_UNASKED: u32 = 8;

thread_local! {
    /// The number of jobs that still return without asking for the next job, and the number that will do so if
    /// the next question is answered with none.
    ///
    /// Asking costs a host call, which is wasted in a program that awaits its jobs one after the other.
    static UNASKED: Cell<(u32, u32)> = const { Cell::new((0, 1)) };
}

/// Ends the job with this reply, and returns the entry and the message of the next job, if there is one.
fn next(reply: &[u8]) -> Option<(u32, Vec<u8>)> {
    let (left, after) = UNASKED.get();
    if left > 0 {
        UNASKED.set((left - 1, after));
        return None;
    }
    let next = imports::next(reply);
    UNASKED.set(if next.is_some() { (0, 1) } else { (after, MOST_UNASKED.min(after * 2)) });
    next
}

/// Reports a panic to the host, for the parent. The trap that follows carries no message.
///
/// Nothing is printed here: the parent decides whether a failure is worth printing.
fn report(info: &PanicHookInfo<'_>) {
    let panic = failure::take_uncaught().unwrap_or_else(|| Panic {
        message: info.payload_as_str().unwrap_or("a panic without a text").to_owned(),
        place: info.location().map(Place::of),
        through: Vec::new(),
        backtrace: String::new(),
    });
    host::report_panic(panic);
}

mod export {
    #![cfg(target_family = "wasm")]
    #![expect(unsafe_code, unreachable_pub, reason = "generated code, documented in wit/worker.wit")]

    use super::Worker;
    use crate::bindings;

    bindings::export!(Worker with_types_in bindings);
}
