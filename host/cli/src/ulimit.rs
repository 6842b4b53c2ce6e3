//! How many descriptors this process may have: as many as the system allows, or what the app may hold.
//!
//! The limit is the kernel's own, of the process, because it is the only one that counts all there are: files,
//! directories and sockets of the app, and connections and lookups that the host makes for it.

use std::fs;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What the streams of a run take: a copy of stdout and stderr each, and what waits for their reader.
const STREAMS: u64 = 4;

/// Raises the limit to the highest that there may be.
///
/// Shells leave it at 1,024 because of old programs that select from a set of so many. This is none.
pub(crate) fn raise() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    set(maximum);
}

/// Lets an app with so many granted directories hold `files` more than are open now.
pub(crate) fn leave(files: u64, dirs: usize) {
    // One of them is that of the directory that is read here.
    let open = fs::read_dir("/proc/self/fd").map_or(0, |open| open.count().saturating_sub(1));
    let limit = files.saturating_add((open + dirs) as u64).saturating_add(STREAMS);
    let most = getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX);
    set(Some(limit.min(most)));
}

fn set(current: Option<u64>) {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current, maximum }) {
        tracing::debug!("the limit of descriptors stays as it is: {error}");
    }
}
