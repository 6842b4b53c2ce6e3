//! The allocator of the command, with a limit for what a target may take.

use cap::Cap;
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: Cap<MiMalloc> = Cap::new(MiMalloc, usize::MAX);

/// Calls this with so many bytes to allocate beyond what is there already.
///
/// One allocation above that ends the process, as if there were no more memory; it is the last input of
/// the campaign then, which is on disk.
pub fn within<T>(bytes: usize, call: impl FnOnce() -> T) -> T {
    let limit = ALLOCATOR.allocated().saturating_add(bytes);
    // Other threads allocate next to nothing meanwhile, so the limit is above what is there.
    _ = ALLOCATOR.set_limit(limit);
    let value = call();
    _ = ALLOCATOR.set_limit(usize::MAX);
    value
}

/// How many bytes are allocated now.
#[must_use]
pub fn allocated() -> usize {
    ALLOCATOR.allocated()
}
