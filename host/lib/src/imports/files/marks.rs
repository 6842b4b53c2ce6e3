//! The two kinds of files whose operations may block, as marks of a descriptor.

use wasmtime_wasi::OpenMode;

/// Marks a file that is read and written when epoll reports that it is ready.
///
/// The marks are bits of the open mode. wasmtime-wasi reads its own bits only, and preserves the others.
pub(super) const POLLED: OpenMode = OpenMode::from_bits_retain(1 << 8);

/// Marks a file or directory whose operations may block, and so run on a thread.
pub(super) const SLOW: OpenMode = OpenMode::from_bits_retain(1 << 9);
