//! The allocator of the command, with a memory limit for targets.

use std::panic;

use cap::Cap;
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: Cap<MiMalloc> = Cap::new(MiMalloc, usize::MAX);

/// Runs `call` with a limit on the memory that it may allocate in addition.
///
/// Exceeding the limit ends the process as if memory were exhausted. The input was written to disk before.
pub fn within<T>(bytes: usize, call: impl FnOnce() -> T) -> T {
    let limit = ALLOCATOR.allocated().saturating_add(bytes);
    // Other threads allocate hardly anything meanwhile, so the limit can apply to the whole process.
    _ = ALLOCATOR.set_limit(limit);
    let value = call();
    _ = ALLOCATOR.set_limit(usize::MAX);
    value
}

/// Lifts the limit at each panic from now on. Printing a panic needs more memory than most targets may
/// allocate, and no other code runs that could lift the limit.
pub(crate) fn lift_at_panics() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |what| {
        _ = ALLOCATOR.set_limit(usize::MAX);
        print(what);
    }));
}

/// Returns how many bytes are allocated now.
#[must_use]
pub fn allocated() -> usize {
    ALLOCATOR.allocated()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_lifts_the_limit() {
        lift_at_panics();
        // Large enough that the limit does not affect other tests.
        let panics = panic::catch_unwind(|| within(1 << 40, || panic!("on purpose")));
        assert!(panics.is_err());
        assert_eq!(ALLOCATOR.limit(), usize::MAX);
    }
}
