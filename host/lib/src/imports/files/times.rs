//! Setting the times of a file without opening it for reading or writing, which may block.

use std::fs::File;

use rustix::fs::{AtFlags, Mode, OFlags, ResolveFlags, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};
use rustix::fs::{openat2, utimensat};
use rustix::io::Errno;
use wasmtime_wasi::p2::bindings::filesystem::types::{NewTimestamp, PathFlags};

/// Sets the times of the file at a path: of the last access, and of the last modification.
pub(super) fn set_times(
    dir: &File,
    path: &str,
    flags: PathFlags,
    (accessed, modified): (NewTimestamp, NewTimestamp),
) -> Result<(), Errno> {
    let mut open = OFlags::PATH | OFlags::CLOEXEC;
    open.set(OFlags::NOFOLLOW, !flags.contains(PathFlags::SYMLINK_FOLLOW));
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    let file = openat2(dir, path, open, Mode::empty(), resolve)?;
    let times = Timestamps { last_access: timespec(accessed), last_modification: timespec(modified) };
    utimensat(&file, "", &times, AtFlags::EMPTY_PATH)
}

fn timespec(time: NewTimestamp) -> Timespec {
    match time {
        NewTimestamp::NoChange => Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        NewTimestamp::Now => Timespec { tv_sec: 0, tv_nsec: UTIME_NOW },
        NewTimestamp::Timestamp(time) => {
            Timespec { tv_sec: time.seconds.try_into().unwrap_or(i64::MAX), tv_nsec: time.nanoseconds.into() }
        }
    }
}
