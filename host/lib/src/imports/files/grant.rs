//! The files that a run grants: examined once for the run, and shared by its instances.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use super::super::access::Access;
use super::filesystems::{may_block, may_block_below};
use super::threads::{self, Threads};

/// The part of `wasi:filesystem` that all instances of a run share.
#[derive(Clone)]
pub(crate) struct FilesGrant {
    /// The threads for operations on slow files.
    pub(super) threads: Threads,
    /// The threads for `sync` on the other files.
    pub(super) sync_threads: Threads,
    /// Whether each of the granted directories is [`SLOW`](super::marks::SLOW), in their order.
    pub(super) are_slow: Arc<[bool]>,
    /// Whether looking up a path may block in a file system mounted below a granted directory.
    pub(super) paths_may_block: bool,
    pub(super) access: Access,
}

impl FilesGrant {
    /// Examines the granted directories and the mounts below them, once for the run.
    pub(crate) fn new(dirs: &[PathBuf], access: Access) -> Self {
        // If the kernel does not answer, the directory may block.
        let is_slow = |dir: &PathBuf| File::open(dir).and_then(|dir| may_block(&dir)).unwrap_or(true);
        let real = dirs.iter().map(|dir| dir.canonicalize().unwrap_or_else(|_| dir.clone()));
        let real = real.collect::<Vec<_>>();
        Self {
            threads: Threads::new(threads::SLOW),
            sync_threads: Threads::new(threads::SYNC),
            are_slow: dirs.iter().map(is_slow).collect(),
            paths_may_block: !dirs.is_empty() && may_block_below(&real),
            access,
        }
    }
}

/// The files of one instance.
pub(crate) struct FilesCtx {
    pub(super) grant: FilesGrant,
    /// Whether any descriptor may be polled or slow. Usually none is, and the marks need no lookup.
    pub(super) has_marked: bool,
    /// The open files whose `close` may block. The reference here keeps the table from closing them on the
    /// core.
    pub(super) close_may_block: Vec<Arc<File>>,
}

impl FilesCtx {
    pub(crate) fn new(grant: FilesGrant) -> Self {
        let has_marked = grant.paths_may_block || grant.are_slow.contains(&true);
        Self { grant, has_marked, close_may_block: Vec::new() }
    }

    /// Closes, on a thread, the files that no descriptor or stream uses any longer.
    pub(super) fn close_unused(&mut self) {
        let unused = self.close_may_block.extract_if(.., |file| Arc::strong_count(file) == 1);
        self.grant.threads.close(unused);
    }
}

impl Drop for FilesCtx {
    fn drop(&mut self) {
        if !self.close_may_block.is_empty() {
            self.grant.threads.close(self.close_may_block.drain(..));
        }
    }
}
