//! Panics of the library that composes, as errors.
//!
//! It asserts what it assumes of a component, and some that are malformed, which a fuzzer finds within seconds,
//! are not as it assumes. What it works on is lost then, and used no further.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether a panic of this thread is an error of somebody's file, and not to be printed.
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Returns what the work returns, or what it says when it panics.
///
/// A panic is not printed. For that, the hook of the process is wrapped once; it is called for all others.
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
