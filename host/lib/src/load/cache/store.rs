//! A directory of entries that this host has written: each has a [`Seal`].
//!
//! It is opened once, checked once, and from then on accessed only through its file descriptor, so replacing
//! the directory with another one afterwards has no effect on this host.

use std::fs::{DirBuilder, File};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, Timespec, Timestamps};
use rustix::fs::{UTIME_NOW, UTIME_OMIT, futimens, openat, renameat, statat, unlinkat};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::seal::Seal;

/// The prefix of files that are being written. They may belong to a run that was killed.
const UNFINISHED: &str = "unfinished-";

/// The age at which an unfinished file counts as left behind: no write takes an hour.
const LEFT_BEHIND: Duration = Duration::from_secs(3600);

/// The open directory.
#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
    dir: OwnedFd,
    max_size: u64,
}

/// The metadata of a file in the directory.
struct Entry {
    name: std::ffi::CString,
    size: u64,
    modified: SystemTime,
}

impl Store {
    /// Opens the directory, and creates it if it does not exist.
    pub(super) fn open(path: &Path, max_size: u64) -> io::Result<Self> {
        if let Err(error) = DirBuilder::new().recursive(true).mode(0o700).create(path) {
            // The checks below report better what is already there.
            if error.kind() != io::ErrorKind::AlreadyExists {
                return Err(error);
            }
        }
        if path.symlink_metadata()?.is_symlink() {
            return Err(io::Error::other("it is a symbolic link"));
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let dir = File::from(openat(CWD, path, flags, Mode::empty())?);
        check_owner(&dir)?;
        Ok(Self { path: path.into(), dir: dir.into(), max_size })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the content of an entry; `None` if this host wrote no entry with this name.
    pub(super) fn read(&self, name: &str) -> Option<Vec<u8>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(openat(&self.dir, name, flags, Mode::empty()).ok()?);
        let metadata = file.metadata().ok()?;
        // Checked before anything is read: a guest may have left a file of any size here, or a FIFO.
        if !metadata.is_file() || metadata.len() > self.max_size {
            return None;
        }
        check_owner(&file).ok()?;
        let seal = Seal::read(&file).filter(|seal| seal.length() == metadata.len())?;
        let mut content = Vec::with_capacity(usize::try_from(metadata.len()).ok()?);
        (&file).take(metadata.len()).read_to_end(&mut content).ok()?;
        // The seal is of what has been read, not of the file, which may change meanwhile.
        if Seal::of(name, &content) != seal {
            return None;
        }
        // The time of an entry is its last use. If it cannot be set, the entry is removed a bit early.
        let _ = futimens(&file, &Timestamps { last_access: OMIT, last_modification: NOW });
        Some(content)
    }

    /// Creates an entry with this content, replacing any earlier one with this name.
    ///
    /// A concurrent reader gets the complete old entry or the complete new one.
    pub(super) fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        if content.len() as u64 > self.max_size {
            return Ok(());
        }
        self.make_room(content.len() as u64)?;
        let (unfinished, mut file) = self.create()?;
        let written = file
            .write_all(content)
            // The seal is of the intended content: if another process has written to the file, it does not
            // match.
            .and_then(|()| Seal::of(name, content).put(&file))
            .and_then(|()| Ok(renameat(&self.dir, &*unfinished, &self.dir, name)?));
        if written.is_err() {
            let _ = unlinkat(&self.dir, &*unfinished, AtFlags::empty());
        }
        written
    }

    /// Creates a file under a name that no other file has, not even one of a host in another container whose
    /// processes have the same ids.
    fn create(&self) -> io::Result<(String, File)> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        loop {
            let name = unfinished();
            match openat(&self.dir, &*name, flags, Mode::RUSR | Mode::WUSR) {
                Err(Errno::EXIST) => {}
                created => return Ok((name, File::from(created?))),
            }
        }
    }

    /// Removes the least recently used entries until one of this size fits.
    fn make_room(&self, size: u64) -> io::Result<()> {
        let mut entries = self.entries()?;
        entries.sort_by_key(|entry| entry.modified);
        let mut total = entries.iter().map(|entry| entry.size).sum::<u64>() + size;
        for entry in entries {
            let is_unfinished = entry.name.to_bytes().starts_with(UNFINISHED.as_bytes());
            let is_old = entry.modified.elapsed().is_ok_and(|age| age > LEFT_BEHIND);
            let goes = if is_unfinished { is_old } else { total > self.max_size };
            if goes {
                // Another run may have removed it already.
                let _ = unlinkat(&self.dir, &entry.name, AtFlags::empty());
                total -= entry.size;
            }
        }
        Ok(())
    }

    fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for found in Dir::read_from(&self.dir)? {
            let name = found?.file_name().to_owned();
            let Ok(stat) = statat(&self.dir, &name, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            // Skip what does not look like an entry: `--cache-dir` may name a directory with other files.
            let is_entry = name.to_bytes().len() == 64 && name.to_bytes().iter().all(u8::is_ascii_hexdigit);
            if !is_entry && !name.to_bytes().starts_with(UNFINISHED.as_bytes()) {
                continue;
            }
            let seconds = u64::try_from(stat.st_mtime).unwrap_or(0);
            let nanos = u32::try_from(stat.st_mtime_nsec).unwrap_or(0);
            let modified = UNIX_EPOCH + Duration::new(seconds, nanos);
            entries.push(Entry { name, size: u64::try_from(stat.st_size).unwrap_or(0), modified });
        }
        Ok(entries)
    }
}

/// Returns a random name for a file that is being written.
fn unfinished() -> String {
    // The keys of a `RandomState` are random.
    let random = || RandomState::new().hash_one(());
    format!("{UNFINISHED}{:016x}{:016x}", random(), random())
}

const NOW: Timespec = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
const OMIT: Timespec = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };

/// Fails unless the file belongs to this user and only this user may write to it.
fn check_owner(file: &File) -> io::Result<()> {
    let metadata = file.metadata()?;
    if metadata.uid() != geteuid().as_raw() {
        return Err(io::Error::other("it belongs to another user"));
    }
    if metadata.mode() & 0o022 != 0 {
        return Err(io::Error::other("others may write to it"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(n: u8) -> String {
        format!("{n:064x}")
    }

    fn names(dir: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(dir).unwrap();
        let mut names =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>();
        names.sort();
        names
    }

    #[test]
    fn the_size_is_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), 1000).unwrap();
        std::fs::write(dir.path().join("precious"), [0; 5000]).unwrap();
        for n in 0..5 {
            store.write(&name(n), &[n; 300]).unwrap();
            std::thread::sleep(Duration::from_millis(20));
            // Used all the time, so never the oldest.
            assert_eq!(store.read(&name(0)).unwrap(), [0; 300]);
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(names(dir.path()), [name(0), name(3), name(4), "precious".into()]);
        store.write(&name(9), &[0; 1001]).unwrap();
        assert_eq!(store.read(&name(9)), None, "larger than everything together");
    }

    #[test]
    fn what_a_killed_run_left_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), 1000).unwrap();
        let old = File::create(dir.path().join(format!("{UNFINISHED}1-1"))).unwrap();
        old.set_modified(SystemTime::now() - 2 * LEFT_BEHIND).unwrap();
        let new = format!("{UNFINISHED}1-2");
        File::create(dir.path().join(&new)).unwrap();
        store.write(&name(1), b"x").unwrap();
        assert_eq!(names(dir.path()), [name(1), new]);
    }

    /// Two hosts with the same process id, in two containers, wrote to one file.
    #[test]
    fn no_two_unfinished_files_have_one_name() {
        let dir = tempfile::tempdir().unwrap();
        let stores = [(); 2].map(|()| Store::open(dir.path(), 1000).unwrap());
        let created: Vec<_> = (0..100).map(|n| stores[n % 2].create().unwrap()).collect();
        assert_eq!(names(dir.path()).len(), created.len());
    }

    /// Everything that a guest can do to entries with the functions that WASI has.
    #[test]
    fn what_is_not_as_it_was_written_is_no_entry() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), 1000).unwrap();
        let path = |n| dir.path().join(name(n));
        let written = || {
            store.write(&name(1), b"one").unwrap();
            store.write(&name(2), b"two").unwrap();
            assert_eq!(store.read(&name(1)).unwrap(), b"one");
        };
        let tamper: [(&str, &dyn Fn()); 8] = [
            ("copy", &|| _ = std::fs::copy(path(2), path(1)).unwrap()),
            ("copy into a new file", &|| {
                std::fs::remove_file(path(1)).unwrap();
                std::fs::write(path(1), std::fs::read(path(2)).unwrap()).unwrap();
            }),
            ("rename", &|| std::fs::rename(path(2), path(1)).unwrap()),
            ("link", &|| {
                std::fs::remove_file(path(1)).unwrap();
                std::fs::hard_link(path(2), path(1)).unwrap();
            }),
            ("write", &|| std::fs::write(path(1), b"won").unwrap()),
            ("truncate", &|| std::fs::write(path(1), b"on").unwrap()),
            ("append", &|| std::fs::write(path(1), b"one more").unwrap()),
            ("a hole of any size", &|| File::create(path(1)).unwrap().set_len(1 << 40).unwrap()),
        ];
        for (what, tamper) in tamper {
            written();
            tamper();
            assert_eq!(store.read(&name(1)), None, "{what}");
        }
        written();
    }

    #[test]
    fn a_fifo_is_no_entry() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), 1000).unwrap();
        let fifo = dir.path().join(name(1));
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        assert_eq!(store.read(&name(1)), None);
    }
}
