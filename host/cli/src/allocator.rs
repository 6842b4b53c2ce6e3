//! The allocator of the command: mimalloc, but while a run is short of memory, large freed blocks are
//! returned to the system at once.
//!
//! mimalloc returns freed memory to the system some time later, and only when the thread that allocated it
//! does some work of its own. A message is often freed on another core than the one that allocated it, so
//! this may take long, while the run could use the memory elsewhere at once.

use std::alloc::{GlobalAlloc, Layout};

use mimalloc::MiMalloc;
use rustix::mm::{Advice, madvise};
use rustix::param::page_size;

/// Freed blocks of at least this size are returned to the system at once; smaller ones when their thread
/// calls [`trim`].
const LARGE: usize = 64 << 10;

/// Returns this thread's free memory to the system.
pub(crate) fn trim() {
    #[expect(unsafe_code, reason = "a function of mimalloc")]
    // SAFETY: the function may be called at any time, and accesses only free memory.
    unsafe {
        libmimalloc_sys::mi_collect(true);
    }
}

pub(crate) struct Allocator;

#[expect(unsafe_code, reason = "an allocator")]
// SAFETY: mimalloc does all of the work. The only addition concerns a block that is being freed.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller fulfils the contract of `GlobalAlloc`, which mimalloc shares.
        unsafe { MiMalloc.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller fulfils the contract of `GlobalAlloc`, which mimalloc shares.
        unsafe { MiMalloc.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller fulfils the contract of `GlobalAlloc`, which mimalloc shares.
        unsafe { MiMalloc.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if layout.size() >= LARGE && host::is_short_of_memory() {
            let page = page_size();
            let before_page = block.align_offset(page).min(layout.size());
            let pages = (layout.size() - before_page) / page * page;
            // SAFETY: these pages lie within the block, which is not used any more. They stay mapped, and
            // mimalloc keeps no data inside a free block.
            _ = unsafe { madvise(block.add(before_page).cast(), pages, Advice::LinuxDontNeed) };
        }
        // SAFETY: the caller fulfils the contract of `GlobalAlloc`, which mimalloc shares.
        unsafe { MiMalloc.dealloc(block, layout) }
    }
}
