//! Panics of the composing library, as errors.
//!
//! The library asserts its assumptions about a component. Some malformed components, which a fuzzer finds
//! within seconds, violate them. The data that it was working on is then lost, and not used any further.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether a panic of this thread is caused by an invalid file, and is not to be printed.
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Returns the result of the work, or its panic message.
///
/// A panic is not printed. For that, the panic hook of the process is wrapped once; other panics still call
/// it.
pub(super) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static WRAPPED: Once = Once::new();
    WRAPPED.call_once(|| {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_QUIET.get() {
                hook(info);
            }
        }));
    });
    let before = IS_QUIET.replace(true);
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    IS_QUIET.set(before);
    done.map_err(|panic| format!("its types are inconsistent ({})", text(&*panic)))
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no reason given")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error() {
        assert_eq!(caught(|| 1), Ok(1));
        assert_eq!(caught::<()>(|| panic!("odd")), Err("its types are inconsistent (odd)".to_owned()));
        assert!(!IS_QUIET.get());
    }
}
