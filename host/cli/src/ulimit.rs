//! The limit of open descriptors: raised to the most that the system allows, or lowered to `--max-files`.
//!
//! This uses the kernel's limit of the process, because only the kernel counts all of them: files,
//! directories and sockets of the app, and connections and lookups that the host makes for it.

use std::fs;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that the streams of a run use: a copy each of stdout and stderr, and one each to wait for the
/// reader.
const STREAMS: u64 = 4;

/// Raises the soft limit to the hard limit.
///
/// Shells leave it at 1,024 for old programs that use `select`, which this one does not.
pub(crate) fn raise() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    set(maximum);
}

/// Limits the app to `files` descriptors more than are open now, besides those of the granted directories.
pub(crate) fn leave(files: u64, dirs: usize) {
    // One of them is the directory that is read here.
    let open = fs::read_dir("/proc/self/fd").map_or(0, |open| open.count().saturating_sub(1));
    let limit = files.saturating_add((open + dirs) as u64).saturating_add(STREAMS);
    let most = getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX);
    set(Some(limit.min(most)));
}

fn set(current: Option<u64>) {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current, maximum }) {
        tracing::debug!("cannot change the limit of open files: {error}");
    }
}
