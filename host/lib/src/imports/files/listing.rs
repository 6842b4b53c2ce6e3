//! Listings of directories, read in batches as the guest takes their entries.
//!
//! A directory may have millions of files. wasmtime-wasi reads all of them when a listing begins, which blocks the
//! core for seconds and takes memory for each. Reading a batch takes some ten microseconds, and the batches of a
//! listing never take more memory than one of them. A directory that fits into one batch is closed at once, so
//! most listings hold no file open.

use std::ffi::CStr;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::sync::Arc;
use std::vec;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, openat, statat};
use rustix::io::Errno;
use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::FsResult;
use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorType, DirectoryEntry, MetadataHashValue};

use super::Files;
use super::threads::Threads;

/// The most entries of a batch.
const BATCH: usize = 100;

/// The most bytes that a listing takes: the entries of a batch with names of the greatest length, each allocated
/// separately, and the buffer into which the kernel writes.
pub(crate) const MOST: u64 = (BATCH * (NAMED + 255 * 9 / 8) + (48 << 10)) as u64;

/// The bytes that an entry takes besides its name.
const NAMED: usize = size_of::<DirectoryEntry>() + 32;

/// The entries of a directory that the guest has not taken yet.
pub(crate) struct Listing {
    /// The entries that were read.
    entries: vec::IntoIter<DirectoryEntry>,
    /// The directory with the others, unless there are none. Closing a directory never blocks, unlike a file.
    rest: Option<Dir>,
    /// The threads that read it, if reading may block.
    threads: Option<Threads>,
}

impl Files<'_> {
    /// Begins to list a directory.
    pub(crate) async fn list(&mut self, fd: &Resource<Descriptor>) -> FsResult<Listing> {
        let directory = Arc::clone(&self.dir(fd)?.dir);
        let threads = self.slow_lookup(fd)?.map(|_| self.threads().clone());
        // Opened again, because each listing has a position of its own.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let begin = move || read(Dir::new(openat(&*directory, ".", flags, Mode::empty())?)?);
        let (entries, rest) = match &threads {
            Some(threads) => threads.run(begin).await?,
            None => begin()?,
        };
        Ok(Listing { entries, rest, threads })
    }
}

impl Listing {
    /// Takes the next entry, and reads a batch if there is none yet.
    ///
    /// # Errors
    ///
    /// The directory cannot be read any further. The listing then has no more entries.
    pub(crate) async fn next(&mut self) -> io::Result<Option<DirectoryEntry>> {
        loop {
            let (next, rest) = (self.entries.next(), &mut self.rest);
            let Some(directory) = (if next.is_some() { None } else { rest.take() }) else { return Ok(next) };
            (self.entries, self.rest) = match &self.threads {
                Some(threads) => threads.run(move || read(directory)).await?,
                None => read(directory)?,
            };
        }
    }

    /// Returns the bytes that the listing takes now.
    pub(crate) fn weight(&self) -> u64 {
        if self.rest.is_some() {
            return MOST;
        }
        let names = self.entries.as_slice().iter().map(|entry| entry.name.len() * 9 / 8).sum::<usize>();
        (self.entries.len() * NAMED + names) as u64
    }
}

/// Reads a batch of entries, and returns it with the directory if that has more.
fn read(mut directory: Dir) -> io::Result<(vec::IntoIter<DirectoryEntry>, Option<Dir>)> {
    let mut entries = Vec::with_capacity(BATCH);
    while entries.len() < BATCH {
        let Some(entry) = directory.read().transpose()? else {
            entries.shrink_to_fit();
            return Ok((entries.into_iter(), None));
        };
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        // Some file systems leave it to the reader to find the kind out. A file that has vanished has none.
        let kind = match entry.file_type() {
            FileType::Unknown => match statat(directory.fd()?, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                Err(Errno::NOENT) => continue,
                Err(_) => FileType::Unknown,
            },
            kind => kind,
        };
        entries.push(DirectoryEntry { type_: described(kind), name: shown(name) });
    }
    Ok((entries.into_iter(), Some(directory)))
}

/// Returns a name as UTF-8, with U+FFFD in place of what is not.
///
/// WASI cannot express other names, so no file can be opened by such a name. A guest reports this file, and uses
/// the others.
fn shown(name: &CStr) -> String {
    name.to_string_lossy().into_owned()
}

/// Returns a hash for a path that may stand for a name that is not UTF-8.
pub(crate) fn hash(path: &str) -> Option<MetadataHashValue> {
    path.contains(char::REPLACEMENT_CHARACTER).then(|| {
        let mut hasher = DefaultHasher::new();
        path.hash(&mut hasher);
        MetadataHashValue { lower: hasher.finish(), upper: 0 }
    })
}

fn described(kind: FileType) -> DescriptorType {
    match kind {
        FileType::RegularFile => DescriptorType::RegularFile,
        FileType::Directory => DescriptorType::Directory,
        FileType::Symlink => DescriptorType::SymbolicLink,
        FileType::Fifo => DescriptorType::Fifo,
        FileType::Socket => DescriptorType::Socket,
        FileType::CharacterDevice => DescriptorType::CharacterDevice,
        FileType::BlockDevice => DescriptorType::BlockDevice,
        FileType::Unknown => DescriptorType::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::iter;

    use futures_util::FutureExt as _;

    use super::*;

    fn listing(directory: &std::path::Path) -> Listing {
        let (entries, rest) = read(Dir::new(File::open(directory).unwrap()).unwrap()).unwrap();
        Listing { entries, rest, threads: None }
    }

    fn names(listing: &mut Listing) -> Vec<String> {
        let next = || listing.next().now_or_never().unwrap().unwrap();
        let mut names = iter::from_fn(next).map(|entry| entry.name).collect::<Vec<_>>();
        names.sort();
        names
    }

    #[test]
    fn a_large_directory_is_read_in_batches_of_bounded_size() {
        let directory = tempfile::tempdir().unwrap();
        let expected = (0..3 * BATCH).map(|n| format!("{n:0255}")).collect::<Vec<_>>();
        for name in &expected {
            File::create(directory.path().join(name)).unwrap();
        }
        let mut listing = listing(directory.path());
        assert_eq!((listing.entries.len(), listing.weight()), (BATCH, MOST));
        assert_eq!(names(&mut listing), expected);
        assert_eq!(listing.weight(), 0);
        assert!(names(&mut listing).is_empty(), "the end stays the end");
    }

    #[test]
    fn a_small_directory_is_closed_at_once() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("sub")).unwrap();
        let mut listing = listing(directory.path());
        assert!(listing.rest.is_none() && listing.weight() < 200);
        let entry = listing.next().now_or_never().unwrap().unwrap().unwrap();
        assert_eq!((entry.name.as_str(), entry.type_), ("sub", DescriptorType::Directory));
    }
}
