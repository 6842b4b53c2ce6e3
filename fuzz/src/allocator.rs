//! The allocator of the command, with a memory limit for targets.

use cap::Cap;
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: Cap<MiMalloc> = Cap::new(MiMalloc, usize::MAX);

/// Runs `call` with a limit on the memory that it may allocate in addition.
///
/// Exceeding the limit ends the process as if memory were exhausted. The input is on disk by then.
pub fn within<T>(bytes: usize, call: impl FnOnce() -> T) -> T {
    let limit = ALLOCATOR.allocated().saturating_add(bytes);
    // Other threads allocate next to nothing meanwhile, so the limit is above what is there.
    _ = ALLOCATOR.set_limit(limit);
    let value = call();
    _ = ALLOCATOR.set_limit(usize::MAX);
    value
}

/// Returns how many bytes are allocated now.
#[must_use]
pub fn allocated() -> usize {
    ALLOCATOR.allocated()
}
