//! The host's side of `wasi:filesystem`: wasmtime-wasi's implementation, without operations that block a core.
//!
//! A core serves many guests, so no file may block it. Most files never do: they are on a local disk or in
//! memory, where moving each operation to a thread would cost more than the operation itself. These stay on the
//! core, as fast as without this module. The others are of two kinds:
//!
//! * [`POLLED`]: epoll reports when the file can be read or written (FIFOs, terminals). The guest waits for
//!   that as for a socket, without a thread.
//! * [`SLOW`]: only a blocking call can tell (network file systems, FUSE, block devices). Each run has a bounded
//!   number of threads for these ([`threads`]).
//!
//! The kind is determined when a file is opened, and stored in its descriptor.

mod filesystems;
mod grant;
pub(super) mod listing;
mod marks;
mod now;
mod opening;
mod polled;
mod slow;
mod threads;
mod times;

use std::fs::File;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use rustix::io::Errno;
use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi::OpenMode;
use wasmtime_wasi::filesystem::{Descriptor, Dir, WasiFilesystemCtxView};
use wasmtime_wasi::p2::bindings::filesystem::{preopens, types};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, FsError, FsResult, ReaddirIterator};

pub(crate) use grant::{FilesCtx, FilesGrant};

use super::access::Need;
use marks::{POLLED, SLOW};
use now::{by_engine, now};
use opening::Request;
use threads::Threads;
use types::{DescriptorFlags, NewTimestamp, OpenFlags, PathFlags};
use types::{ErrorCode, Filesize};

/// The files of an instance, with the table of its resources.
pub(crate) struct Files<'a> {
    pub(crate) ctx: &'a mut FilesCtx,
    pub(crate) view: WasiFilesystemCtxView<'a>,
}

/// Gives access to the files of an instance.
pub(crate) trait FilesView: Send {
    fn files(&mut self) -> Files<'_>;
}

struct HasFiles;

impl HasData for HasFiles {
    type Data<'a> = Files<'a>;
}

/// Adds `wasi:filesystem` to the linker, replacing that of wasmtime-wasi.
pub(super) fn add_to_linker<T: FilesView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    types::add_to_linker::<T, HasFiles>(linker, T::files)?;
    preopens::add_to_linker::<T, HasFiles>(linker, T::files)
}

impl Files<'_> {
    /// Returns the descriptor if it is [`SLOW`].
    fn slow(&self, fd: &Resource<Descriptor>) -> FsResult<Option<Descriptor>> {
        if !self.ctx.has_marked {
            return Ok(None);
        }
        let descriptor = self.view.table.get(fd)?;
        Ok(mode(descriptor).contains(SLOW).then(|| descriptor.clone()))
    }

    /// Returns the directory if looking up a path in it may block.
    fn slow_lookup(&self, fd: &Resource<Descriptor>) -> FsResult<Option<Descriptor>> {
        if self.ctx.grant.paths_may_block {
            Ok(Some(self.view.table.get(fd)?.clone()))
        } else {
            self.slow(fd)
        }
    }

    /// Returns the file if it is [`POLLED`].
    fn polled(&self, fd: &Resource<Descriptor>) -> FsResult<Option<Arc<File>>> {
        if !self.ctx.has_marked {
            return Ok(None);
        }
        Ok(match self.view.table.get(fd)? {
            Descriptor::File(file) if file.open_mode.contains(POLLED) => Some(Arc::clone(&file.file)),
            _ => None,
        })
    }

    /// Returns the file if it is [`POLLED`], or an error if it must not be written.
    fn polled_to_write(&self, fd: &Resource<Descriptor>) -> FsResult<Option<Arc<File>>> {
        if !self.ctx.has_marked {
            return Ok(None);
        }
        match self.view.table.get(fd)? {
            Descriptor::File(file) if file.perms.write_not_permitted() => Err(ErrorCode::NotPermitted.into()),
            _ => self.polled(fd),
        }
    }

    fn dir(&self, fd: &Resource<Descriptor>) -> FsResult<&Dir> {
        match self.view.table.get(fd)? {
            Descriptor::Dir(dir) => Ok(dir),
            Descriptor::File(_) => Err(ErrorCode::NotDirectory.into()),
        }
    }

    fn threads(&self) -> &Threads {
        &self.ctx.grant.threads
    }

    /// Runs an operation of wasmtime-wasi on these descriptors, on a thread.
    fn on_thread<const N: usize, R: Send + 'static, W>(
        &self,
        descriptors: [Descriptor; N],
        work: W,
    ) -> BoxFuture<'static, R>
    where
        W: FnOnce(WasiFilesystemCtxView<'_>, [Resource<Descriptor>; N]) -> R + Send + 'static,
    {
        Self::on(self.threads().clone(), descriptors, work)
    }

    fn on<const N: usize, R: Send + 'static, W>(
        threads: Threads,
        descriptors: [Descriptor; N],
        work: W,
    ) -> BoxFuture<'static, R>
    where
        W: FnOnce(WasiFilesystemCtxView<'_>, [Resource<Descriptor>; N]) -> R + Send + 'static,
    {
        async move { threads.run(move || by_engine(descriptors, work)).await }.boxed()
    }

    /// Returns a descriptor, and the threads that synchronize it: synchronizing waits even for a local disk.
    fn to_sync(&self, fd: &Resource<Descriptor>) -> FsResult<(Threads, [Descriptor; 1])> {
        let FilesGrant { threads, sync_threads, .. } = &self.ctx.grant;
        let descriptor = self.view.table.get(fd)?.clone();
        let threads = if mode(&descriptor).contains(SLOW) { threads } else { sync_threads };
        Ok((threads.clone(), [descriptor]))
    }

    fn push_output(&mut self, stream: Resource<DynOutputStream>) -> FsResult<Resource<DynOutputStream>> {
        let stream = self.view.table.delete(stream)?;
        let stream: DynOutputStream = Box::new(slow::Output::new(stream, self.threads().clone()));
        Ok(self.view.table.push(stream)?)
    }

    fn push_polled_output(&mut self, file: &File) -> FsResult<Resource<DynOutputStream>> {
        let stream: DynOutputStream = Box::new(polled::Output::new(file)?);
        Ok(self.view.table.push(stream)?)
    }
}

fn mode(descriptor: &Descriptor) -> OpenMode {
    match descriptor {
        Descriptor::File(file) => file.open_mode,
        Descriptor::Dir(dir) => dir.open_mode,
    }
}

impl preopens::Host for Files<'_> {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        // The C library of a guest asks for the directories when it first needs one.
        self.ctx.grant.access.check(Need::Directory);
        let dirs = preopens::Host::get_directories(&mut self.view)?;
        for ((fd, _), &is_slow) in dirs.iter().zip(&*self.ctx.grant.are_slow) {
            if let Descriptor::Dir(dir) = self.view.table.get_mut(fd)? {
                dir.open_mode.set(SLOW, is_slow);
            }
        }
        Ok(dirs)
    }
}

impl types::Host for Files<'_> {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        self.view.convert_error_code(error)
    }

    fn filesystem_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        self.view.filesystem_error_code(error)
    }
}

impl types::HostDirectoryEntryStream for Files<'_> {
    async fn read_directory_entry(
        &mut self,
        entries: Resource<ReaddirIterator>,
    ) -> FsResult<Option<types::DirectoryEntry>> {
        self.view.read_directory_entry(entries).await
    }

    fn drop(&mut self, entries: Resource<ReaddirIterator>) -> wasmtime::Result<()> {
        types::HostDirectoryEntryStream::drop(&mut self.view, entries)
    }
}

/// Defines operations through those of wasmtime-wasi. Each runs on the core, or on a thread if the check named
/// first returns a descriptor.
macro_rules! operations {
    ($($is_slow:ident: $name:ident($($arg:ident: $type:ty),*) -> $result:ty;)*) => {$(
        async fn $name(&mut self, fd: Resource<Descriptor>, $($arg: $type),*) -> FsResult<$result> {
            match self.$is_slow(&fd)? {
                None => self.view.$name(fd, $($arg),*).await,
                Some(slow) => {
                    self.on_thread([slow], move |mut files, [fd]| now(files.$name(fd, $($arg),*))).await
                }
            }
        }
    )*};
}

impl types::HostDescriptor for Files<'_> {
    operations! {
        slow: advise(offset: Filesize, length: Filesize, advice: types::Advice) -> ();
        slow: get_flags() -> DescriptorFlags;
        slow: get_type() -> types::DescriptorType;
        slow: set_size(size: Filesize) -> ();
        slow: set_times(accessed: NewTimestamp, modified: NewTimestamp) -> ();
        slow: stat() -> types::DescriptorStat;
        slow: metadata_hash() -> types::MetadataHashValue;
        slow_lookup: create_directory_at(path: String) -> ();
        slow_lookup: stat_at(flags: PathFlags, path: String) -> types::DescriptorStat;
        slow_lookup: readlink_at(path: String) -> String;
        slow_lookup: remove_directory_at(path: String) -> ();
        slow_lookup: symlink_at(target: String, path: String) -> ();
        slow_lookup: unlink_file_at(path: String) -> ();
        slow_lookup: metadata_hash_at(flags: PathFlags, path: String) -> types::MetadataHashValue;
    }

    async fn sync(&mut self, fd: Resource<Descriptor>) -> FsResult<()> {
        let (threads, descriptor) = self.to_sync(&fd)?;
        Self::on(threads, descriptor, |mut files, [fd]| now(files.sync(fd))).await
    }

    async fn sync_data(&mut self, fd: Resource<Descriptor>) -> FsResult<()> {
        let (threads, descriptor) = self.to_sync(&fd)?;
        Self::on(threads, descriptor, |mut files, [fd]| now(files.sync_data(fd))).await
    }

    async fn open_at(
        &mut self,
        fd: Resource<Descriptor>,
        path_flags: PathFlags,
        path: String,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Resource<Descriptor>> {
        let request = Request::new(self.dir(&fd)?.clone(), path, (path_flags, open_flags, flags))?;
        let opened = match request.open_plain() {
            Ok(opened) => opened.map_err(std::io::Error::from)?,
            // Boxed, like all operations that may block, to keep the futures of the others small.
            Err(started) => {
                let FilesGrant { threads, paths_may_block, .. } = &self.ctx.grant;
                Box::pin(request.open(started, threads.clone(), *paths_may_block)).await?
            }
        };
        let open_mode = mode(&opened);
        self.ctx.has_marked |= open_mode.intersects(SLOW | POLLED);
        if open_mode.contains(SLOW) {
            self.ctx.close_may_block.push(match &opened {
                Descriptor::File(file) => Arc::clone(&file.file),
                Descriptor::Dir(dir) => Arc::clone(&dir.dir),
            });
        }
        Ok(self.view.table.push(opened)?)
    }

    fn drop(&mut self, fd: Resource<Descriptor>) -> wasmtime::Result<()> {
        let descriptor = self.view.table.delete(fd)?;
        let is_slow = mode(&descriptor).contains(SLOW);
        drop(descriptor);
        if is_slow {
            self.ctx.close_unused();
        }
        Ok(())
    }

    async fn read(
        &mut self,
        fd: Resource<Descriptor>,
        length: Filesize,
        offset: Filesize,
    ) -> FsResult<(Vec<u8>, bool)> {
        if let Some(file) = self.polled(&fd)? {
            let size = usize::try_from(length).unwrap_or(usize::MAX);
            let bytes =
                if size == 0 { Vec::new() } else { polled::Input::new(&file)?.read_some(size).await?.into() };
            let is_end = bytes.is_empty();
            return Ok((bytes, is_end));
        }
        match self.slow(&fd)? {
            None => self.view.read(fd, length, offset).await,
            Some(slow) => {
                self.on_thread([slow], move |mut files, [fd]| now(files.read(fd, length, offset))).await
            }
        }
    }

    async fn write(
        &mut self,
        fd: Resource<Descriptor>,
        bytes: Vec<u8>,
        offset: Filesize,
    ) -> FsResult<Filesize> {
        if let Some(file) = self.polled_to_write(&fd)? {
            return Ok(polled::Output::new(&file)?.write_some(&bytes).await? as Filesize);
        }
        match self.slow(&fd)? {
            None => self.view.write(fd, bytes, offset).await,
            Some(slow) => {
                self.on_thread([slow], move |mut files, [fd]| now(files.write(fd, bytes, offset))).await
            }
        }
    }

    fn read_via_stream(
        &mut self,
        fd: Resource<Descriptor>,
        offset: Filesize,
    ) -> FsResult<Resource<DynInputStream>> {
        let stream: DynInputStream = if let Some(file) = self.polled(&fd)? {
            Box::new(polled::Input::new(&file)?)
        } else {
            let is_slow = self.slow(&fd)?.is_some();
            let stream = self.view.read_via_stream(fd, offset)?;
            if !is_slow {
                return Ok(stream);
            }
            Box::new(slow::Input::new(self.view.table.delete(stream)?, self.threads().clone()))
        };
        Ok(self.view.table.push(stream)?)
    }

    fn write_via_stream(
        &mut self,
        fd: Resource<Descriptor>,
        offset: Filesize,
    ) -> FsResult<Resource<DynOutputStream>> {
        if let Some(file) = self.polled_to_write(&fd)? {
            return self.push_polled_output(&file);
        }
        let is_slow = self.slow(&fd)?.is_some();
        let stream = self.view.write_via_stream(fd, offset)?;
        if is_slow { self.push_output(stream) } else { Ok(stream) }
    }

    fn append_via_stream(&mut self, fd: Resource<Descriptor>) -> FsResult<Resource<DynOutputStream>> {
        if let Some(file) = self.polled_to_write(&fd)? {
            return self.push_polled_output(&file);
        }
        let is_slow = self.slow(&fd)?.is_some();
        let stream = self.view.append_via_stream(fd)?;
        if is_slow { self.push_output(stream) } else { Ok(stream) }
    }

    /// A guest reaches [`list`](Self::list) instead.
    async fn read_directory(&mut self, fd: Resource<Descriptor>) -> FsResult<Resource<ReaddirIterator>> {
        self.view.read_directory(fd).await
    }

    /// Sets the times through a path descriptor. wasmtime-wasi would open the file for writing, which blocks on a
    /// FIFO.
    async fn set_times_at(
        &mut self,
        fd: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> FsResult<()> {
        let dir = self.dir(&fd)?;
        if dir.perms.write_not_permitted() {
            return Err(ErrorCode::NotPermitted.into());
        }
        let set = {
            let (dir, path) = (dir.clone(), path.clone());
            move || times::set_times(&dir.dir, &path, flags, (accessed, modified))
        };
        let is_slow = self.slow_lookup(&fd)?.is_some();
        let set = if is_slow { self.threads().run(set).boxed().await } else { set() };
        match set {
            // `openat2` is missing or forbidden, or the kernel is too old for an empty path in `utimensat`.
            Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN | Errno::INVAL) => {
                let dir = self.view.table.get(&fd)?.clone();
                let set = self.on_thread([dir], move |mut files, [fd]| {
                    now(files.set_times_at(fd, flags, path, accessed, modified))
                });
                set.await
            }
            Err(Errno::XDEV) => Err(ErrorCode::NotPermitted.into()),
            set => set.map_err(|error| std::io::Error::from(error).into()),
        }
    }

    async fn link_at(
        &mut self,
        fd: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
        new_fd: Resource<Descriptor>,
        new_path: String,
    ) -> FsResult<()> {
        match (self.slow_lookup(&fd)?, self.slow_lookup(&new_fd)?) {
            (None, None) => self.view.link_at(fd, flags, path, new_fd, new_path).await,
            _ => {
                let dirs = [self.view.table.get(&fd)?.clone(), self.view.table.get(&new_fd)?.clone()];
                let link = move |mut files: WasiFilesystemCtxView<'_>, [fd, new_fd]: [_; 2]| {
                    now(files.link_at(fd, flags, path, new_fd, new_path))
                };
                self.on_thread(dirs, link).await
            }
        }
    }

    async fn rename_at(
        &mut self,
        fd: Resource<Descriptor>,
        path: String,
        new_fd: Resource<Descriptor>,
        new_path: String,
    ) -> FsResult<()> {
        match (self.slow_lookup(&fd)?, self.slow_lookup(&new_fd)?) {
            (None, None) => self.view.rename_at(fd, path, new_fd, new_path).await,
            _ => {
                let dirs = [self.view.table.get(&fd)?.clone(), self.view.table.get(&new_fd)?.clone()];
                let rename = move |mut files: WasiFilesystemCtxView<'_>, [fd, new_fd]: [_; 2]| {
                    now(files.rename_at(fd, path, new_fd, new_path))
                };
                self.on_thread(dirs, rename).await
            }
        }
    }

    async fn is_same_object(
        &mut self,
        fd: Resource<Descriptor>,
        other: Resource<Descriptor>,
    ) -> wasmtime::Result<bool> {
        if !self.ctx.has_marked {
            return self.view.is_same_object(fd, other).await;
        }
        let both = [self.view.table.get(&fd)?.clone(), self.view.table.get(&other)?.clone()];
        if both.iter().any(|one| mode(one).contains(SLOW)) {
            self.on_thread(both, |mut files, [fd, other]| now(files.is_same_object(fd, other))).await
        } else {
            self.view.is_same_object(fd, other).await
        }
    }
}
