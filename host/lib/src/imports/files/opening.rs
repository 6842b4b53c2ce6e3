//! Opening a file without blocking the core, and determining its kind.
//!
//! A check before the open would be a race: another process may replace the file in between. So every file is
//! opened with `O_NONBLOCK`, and with `RESOLVE_NO_XDEV`, which makes the open fail if the path crosses a mount
//! point. Neither costs a plain file anything. The `fstat` that follows determines the kind. A path that
//! crosses a mount point is opened again without that flag, on a thread if its lookup may block.

use std::fs::File;
use std::io::{self, PipeWriter};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Dev, FileType, Mode, OFlags, ResolveFlags, fcntl_getfl, fcntl_setfl, fstat, openat2};
use rustix::io::Errno;
use tokio::net::unix::pipe::Receiver;
use tokio::time::{sleep, timeout};
use wasmtime_wasi::OpenMode;
use wasmtime_wasi::filesystem::{Descriptor, Dir, File as OpenFile};
use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorFlags, ErrorCode, HostDescriptor as _, OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::{FsError, FsResult};

use super::filesystems::may_block;
use super::marks::{POLLED, SLOW};
use super::now::{by_engine, now};
use super::threads::Threads;

/// The first pause between two checks for the other end of a FIFO. Each pause is twice as long as the last one.
const FIRST_PAUSE: Duration = Duration::from_millis(1);

/// The longest pause. It bounds how much later than a native open the open of a FIFO returns.
const LONGEST_PAUSE: Duration = Duration::from_millis(16);

/// How often an open is tried that fails because of a concurrent rename, the same as in wasmtime-wasi.
const TRIES: usize = 4;

/// A request of a guest to open a file.
#[derive(Clone)]
pub(super) struct Request {
    dir: Dir,
    path: String,
    asked: (PathFlags, OpenFlags, DescriptorFlags),
    flags: OFlags,
    open_mode: OpenMode,
}

/// The file that [`Request::open_plain`] has opened, if any. It must stay open: without it, SIGPIPE would kill
/// the writer of a FIFO that has already found a reader.
pub(super) struct Started(Option<Opened>);

/// An open file, and what `fstat` reports about it.
struct Opened {
    file: File,
    kind: FileType,
    /// The number of the device, if the file is a device.
    device: Dev,
    /// Whether operations may block because of its file system.
    is_remote: bool,
}

impl Request {
    /// Checks the request, according to the rules of wasmtime-wasi.
    pub(super) fn new(
        dir: Dir,
        path: String,
        (path_flags, open_flags, descriptor_flags): (PathFlags, OpenFlags, DescriptorFlags),
    ) -> Result<Self, ErrorCode> {
        let asked = (path_flags, open_flags, descriptor_flags);
        let synchronized = DescriptorFlags::FILE_INTEGRITY_SYNC
            | DescriptorFlags::DATA_INTEGRITY_SYNC
            | DescriptorFlags::REQUESTED_WRITE_SYNC;
        if descriptor_flags.intersects(synchronized) {
            return Err(ErrorCode::Unsupported);
        }
        let changes = OpenFlags::CREATE | OpenFlags::EXCLUSIVE | OpenFlags::TRUNCATE;
        if open_flags.contains(OpenFlags::DIRECTORY) && open_flags.intersects(changes) {
            return Err(ErrorCode::Invalid);
        }
        let creates = open_flags.contains(OpenFlags::CREATE);
        let truncates = open_flags.contains(OpenFlags::TRUNCATE);
        let writes = descriptor_flags.contains(DescriptorFlags::WRITE);
        // The kernel opens no file for neither reading nor writing, so such a request reads.
        let reads = descriptor_flags.contains(DescriptorFlags::READ) || !writes;
        let mut open_mode = OpenMode::empty();
        open_mode.set(OpenMode::READ, reads);
        open_mode.set(OpenMode::WRITE, writes || creates || truncates);
        if open_mode.contains(OpenMode::WRITE) && dir.perms.write_not_permitted() {
            return Err(ErrorCode::NotPermitted);
        }
        let mut flags = OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        flags |= match (reads, open_mode.contains(OpenMode::WRITE)) {
            (true, true) => OFlags::RDWR,
            (false, true) => OFlags::WRONLY,
            (_, false) => OFlags::RDONLY,
        };
        flags.set(OFlags::CREATE, creates);
        flags.set(OFlags::EXCL, creates && open_flags.contains(OpenFlags::EXCLUSIVE));
        flags.set(OFlags::TRUNC, truncates && !flags.contains(OFlags::EXCL));
        flags.set(OFlags::DIRECTORY, open_flags.contains(OpenFlags::DIRECTORY));
        flags.set(OFlags::NOFOLLOW, !path_flags.contains(PathFlags::SYMLINK_FOLLOW));
        Ok(Self { dir, path, asked, flags, open_mode })
    }

    /// Opens a plain file or a directory, or fails. Nearly all requests need no more.
    ///
    /// The inner error is for the guest. After the outer one, the caller continues with [`open`](Self::open).
    pub(super) fn open_plain(&self) -> Result<Result<Descriptor, Errno>, Started> {
        if self.dir.open_mode.contains(SLOW) {
            return Err(Started(None));
        }
        match self.try_open_here(self.flags, ResolveFlags::NO_XDEV) {
            Ok(opened) => self.plain(opened).map(Ok).map_err(|opened| Started(Some(opened))),
            Err(Errno::XDEV | Errno::NXIO | Errno::NOSYS | Errno::PERM | Errno::AGAIN) => Err(Started(None)),
            Err(error) => Ok(Err(error)),
        }
    }

    /// Opens a file of any kind, and waits for the other end of a FIFO, as a native open does.
    pub(super) async fn open(
        self,
        Started(opened): Started,
        threads: Threads,
        paths_may_block: bool,
    ) -> FsResult<Descriptor> {
        if let Some(opened) = opened {
            return Ok(self.settle(opened).await?);
        }
        let mut pause = FIRST_PAUSE;
        loop {
            match self.try_open(self.flags, &threads, paths_may_block).await {
                Ok(opened) => return Ok(self.settle(opened).await?),
                // The host waits for the reader of a FIFO. A device without a driver, or a socket, is an error.
                Err(Errno::NXIO) if self.leads_to_fifo(&threads, paths_may_block).await => {}
                Err(Errno::XDEV) => return Err(ErrorCode::NotPermitted.into()),
                // `openat2` is missing or forbidden, or another process holds a lease, which only a blocking
                // open waits for.
                Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN) => {
                    let opened = self.clone().open_by_engine(&threads).await?;
                    return Ok(self.settle(opened).await?);
                }
                Err(error) => return Err(io::Error::from(error).into()),
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Tries to open the file, on a thread if that may block.
    async fn try_open(
        &self,
        flags: OFlags,
        threads: &Threads,
        paths_may_block: bool,
    ) -> Result<Opened, Errno> {
        if !self.dir.open_mode.contains(SLOW) {
            match self.try_open_here(flags, ResolveFlags::NO_XDEV) {
                Err(Errno::XDEV) if !paths_may_block => return self.try_open_anywhere(flags),
                Err(Errno::XDEV) => {}
                opened => return opened,
            }
        }
        let request = self.clone();
        threads.run(move || request.try_open_anywhere(flags)).await
    }

    /// Tries to open the file, across mount points.
    fn try_open_anywhere(&self, flags: OFlags) -> Result<Opened, Errno> {
        let mut opened = self.try_open_here(flags, ResolveFlags::empty())?;
        opened.is_remote = may_block(&opened.file).unwrap_or(true);
        Ok(opened)
    }

    fn try_open_here(&self, flags: OFlags, resolve: ResolveFlags) -> Result<Opened, Errno> {
        let resolve = resolve | ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let mode = if flags.contains(OFlags::CREATE) { Mode::from_raw_mode(0o666) } else { Mode::empty() };
        let mut tries = 1;
        loop {
            match openat2(&self.dir.dir, self.path.as_str(), flags, mode, resolve) {
                Err(Errno::AGAIN) if tries < TRIES => tries += 1,
                Err(error) => return Err(error),
                Ok(file) => {
                    return Opened::new(file.into(), false);
                }
            }
        }
    }

    /// Returns whether the path leads to a FIFO.
    async fn leads_to_fifo(&self, threads: &Threads, paths_may_block: bool) -> bool {
        let flags = OFlags::PATH | OFlags::CLOEXEC | (self.flags & OFlags::NOFOLLOW);
        let found = self.try_open(flags, threads, paths_may_block).await;
        found.is_ok_and(|found| found.kind == FileType::Fifo)
    }

    /// Opens the file with wasmtime-wasi, which has a fallback for `openat2`, on a thread, which may block.
    async fn open_by_engine(self, threads: &Threads) -> FsResult<Opened> {
        let (path_flags, open_flags, flags) = self.asked;
        threads
            .run(move || {
                let opened = by_engine([Descriptor::Dir(self.dir)], |mut files, [dir]| {
                    let opened = now(files.open_at(dir, path_flags, self.path, open_flags, flags))?;
                    Ok::<_, FsError>(files.table.delete(opened)?)
                })?;
                let file = match opened {
                    Descriptor::File(file) => file.file,
                    Descriptor::Dir(dir) => dir.dir,
                };
                let file = Arc::try_unwrap(file).map_err(|_| ErrorCode::Io)?;
                let is_remote = may_block(&file).unwrap_or(true);
                let opened = Opened::new(file, is_remote).map_err(io::Error::from)?;
                if matches!(opened.kind, FileType::Fifo | FileType::CharacterDevice) {
                    set_nonblocking(&opened.file, true)?;
                }
                Ok(opened)
            })
            .await
    }

    /// Returns the descriptor of a plain file or a directory, or returns any other file as an error.
    fn plain(&self, opened: Opened) -> Result<Descriptor, Opened> {
        let (perms, mut open_mode) = (self.dir.perms, self.open_mode);
        open_mode.set(SLOW, opened.is_remote);
        match opened.kind {
            FileType::RegularFile => Ok(Descriptor::File(OpenFile::new(opened.file, perms, open_mode, true))),
            FileType::Directory => Ok(Descriptor::Dir(Dir::new(opened.file, perms, open_mode, true))),
            _ => Err(opened),
        }
    }

    /// Returns the descriptor of a file of any kind, and waits until a FIFO has a writer.
    async fn settle(&self, opened: Opened) -> io::Result<Descriptor> {
        let opened = match self.plain(opened) {
            Ok(plain) => return Ok(plain),
            Err(opened) => opened,
        };
        let mut open_mode = self.open_mode;
        open_mode.set(SLOW, opened.is_remote);
        match opened.kind {
            FileType::Fifo => {
                if !open_mode.contains(OpenMode::WRITE) {
                    writer_of(&opened.file).await?;
                }
                open_mode |= POLLED;
            }
            FileType::CharacterDevice if opened.is_memory() => {}
            FileType::CharacterDevice if is_pollable(&opened.file) => open_mode |= POLLED | SLOW,
            _ => {
                set_nonblocking(&opened.file, false)?;
                open_mode |= SLOW;
            }
        }
        Ok(Descriptor::File(OpenFile::new(opened.file, self.dir.perms, open_mode, true)))
    }
}

impl Opened {
    /// Asks the kernel for the kind of an open file.
    fn new(file: File, is_remote: bool) -> Result<Self, Errno> {
        let stat = fstat(&file)?;
        Ok(Self { file, kind: FileType::from_raw_mode(stat.st_mode), device: stat.st_rdev, is_remote })
    }

    /// Returns whether this is `/dev/null`, `/dev/zero`, `/dev/full` or `/dev/urandom`, which never block.
    fn is_memory(&self) -> bool {
        rustix::fs::major(self.device) == 1 && matches!(rustix::fs::minor(self.device), 3 | 5 | 7 | 9)
    }
}

/// Returns whether epoll accepts this file.
fn is_pollable(file: &File) -> bool {
    file.try_clone().and_then(|file| Receiver::from_owned_fd_unchecked(OwnedFd::from(file))).is_ok()
}

fn set_nonblocking(file: &File, is_nonblocking: bool) -> io::Result<()> {
    let mut flags = fcntl_getfl(file)?;
    flags.set(OFlags::NONBLOCK, is_nonblocking);
    Ok(fcntl_setfl(file, flags)?)
}

/// Waits until a FIFO that was opened for reading has, or has had, a writer.
///
/// epoll reports a writer that has written or is gone. To find a writer that has done neither, this function
/// polls.
async fn writer_of(fifo: &File) -> io::Result<()> {
    let events = Receiver::from_owned_fd_unchecked(OwnedFd::from(fifo.try_clone()?))?;
    let (_reader, scratch) = io::pipe()?;
    let mut pause = FIRST_PAUSE;
    loop {
        if has_writer(fifo, &scratch)? || has_hung_up(fifo)? {
            return Ok(());
        }
        // The checks above decide, no matter what ended the pause.
        _ = timeout(pause, events.readable()).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Returns whether the FIFO contains data or has a writer, without consuming data.
#[expect(
    unsafe_code,
    reason = "no safe wrapper is at hand: the feature of rustix that has one would rebuild the engine"
)]
fn has_writer(fifo: &File, scratch: &PipeWriter) -> io::Result<bool> {
    let (from, to) = (fifo.as_raw_fd(), scratch.as_raw_fd());
    // SAFETY: `tee` accesses no memory, only two descriptors, which the borrowed files keep open.
    let copied = unsafe { libc::tee(from, to, 1, libc::SPLICE_F_NONBLOCK) };
    if copied >= 0 {
        // Nothing is copied from an empty FIFO without a writer.
        return Ok(copied > 0);
    }
    let error = io::Error::last_os_error();
    // The FIFO is empty and has a writer.
    if error.kind() == io::ErrorKind::WouldBlock { Ok(true) } else { Err(error) }
}

/// Returns whether a writer has closed the FIFO since it was opened.
fn has_hung_up(fifo: &File) -> io::Result<bool> {
    let mut asked = [PollFd::new(fifo, PollFlags::empty())];
    poll(&mut asked, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))?;
    Ok(asked[0].revents().contains(PollFlags::HUP))
}
