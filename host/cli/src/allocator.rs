//! The allocator of the command: mimalloc, except that it keeps no large block for later while a run is short of
//! memory.
//!
//! mimalloc gives memory back to the system some time after it was freed, and not before the thread that
//! allocated it comes round to that. A message is freed by another core than allocated it, so that may be much
//! later; and what the run has freed it may use elsewhere at once.

use std::alloc::{GlobalAlloc, Layout};

use mimalloc::MiMalloc;
use rustix::mm::{Advice, madvise};
use rustix::param::page_size;

/// Blocks of this size are given back at once, others when their thread [is told](trim).
const LARGE: usize = 64 << 10;

/// Gives back to the system what this thread could allocate without asking for it.
pub(crate) fn trim() {
    #[expect(unsafe_code, reason = "a function of mimalloc")]
    // SAFETY: it may be called at any time, and touches only what is free.
    unsafe {
        libmimalloc_sys::mi_collect(true);
    }
}

pub(crate) struct Allocator;

#[expect(unsafe_code, reason = "an allocator")]
// SAFETY: all of it is mimalloc's. What is done besides is done to a block that is being freed.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller says.
        unsafe { MiMalloc.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller says.
        unsafe { MiMalloc.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as the caller says.
        unsafe { MiMalloc.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if layout.size() >= LARGE && host::is_short_of_memory() {
            let page = page_size();
            let before_page = block.align_offset(page).min(layout.size());
            let pages = (layout.size() - before_page) / page * page;
            // SAFETY: these pages are within the block, which nobody uses any more. They stay mapped, and what
            // is in a block that is free means nothing to mimalloc.
            _ = unsafe { madvise(block.add(before_page).cast(), pages, Advice::LinuxDontNeed) };
        }
        // SAFETY: as the caller says.
        unsafe { MiMalloc.dealloc(block, layout) }
    }
}
