//! What is to be searched, in order: all files below some directories, each cut into pieces.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Small enough that many cores share one large file, and that what is found in a piece is no burden;
/// large enough that opening the file once more costs little.
const PIECE: u64 = 1 << 20;

/// A part of a file: the lines that begin there.
#[derive(Serialize, Deserialize)]
pub(crate) struct Piece {
    pub(crate) path: PathBuf,
    pub(crate) start: u64,
    /// Behind the last byte; of the last piece `None`, because the file may grow.
    pub(crate) end: Option<u64>,
}

/// What the walk has yet to look at.
enum Unseen {
    /// A path that was named.
    Root(PathBuf),
    /// What was found in a directory.
    Entry(PathBuf, DirEntry),
    /// From here on, of a file with so many bytes.
    Rest(PathBuf, u64, u64),
}

/// The pieces of all files below these paths, as they are asked for; without any, of the directory that
/// the app is in. In a directory names are in the order of their bytes.
///
/// Only the names in the directories above the next file are kept, so a tree may be as large as it likes.
pub(crate) fn walk(roots: &[PathBuf]) -> impl Iterator<Item = Result<Piece, String>> + use<> {
    let mut unseen: Vec<_> = roots.iter().rev().cloned().map(Unseen::Root).collect();
    if unseen.is_empty() {
        // Its name is not part of the names of what is there.
        unseen.push(Unseen::Root(PathBuf::new()));
    }
    std::iter::from_fn(move || {
        loop {
            let (path, seen) = match unseen.pop()? {
                Unseen::Root(path) => {
                    let seen = look_at_root(&path, &mut unseen);
                    (path, seen)
                }
                Unseen::Entry(path, entry) => {
                    let seen = look_at(&path, &entry, &mut unseen);
                    (path, seen)
                }
                Unseen::Rest(path, start, size) => return Some(Ok(piece(path, start, size, &mut unseen))),
            };
            match seen {
                Ok(Some(size)) => return Some(Ok(piece(path, 0, size, &mut unseen))),
                Ok(None) => {}
                Err(error) => return Some(Err(format!("{}: {error}", path.display()))),
            }
        }
    })
}

/// The next piece of a file; the rest is for the next time.
fn piece(path: PathBuf, start: u64, size: u64, unseen: &mut Vec<Unseen>) -> Piece {
    let end = start + PIECE;
    if end >= size {
        return Piece { path, start, end: None };
    }
    unseen.push(Unseen::Rest(path.clone(), end, size));
    Piece { path, start, end: Some(end) }
}

/// The size of a file that was named. Of a directory, what is in it is to be looked at next.
fn look_at_root(path: &Path, unseen: &mut Vec<Unseen>) -> io::Result<Option<u64>> {
    let metadata = fs::metadata(or_here(path))?;
    if metadata.is_dir() {
        open(path, unseen)?;
        return Ok(None);
    }
    Ok(Some(metadata.len()))
}

/// As [`look_at_root`]; but links, sockets and the like are passed over.
fn look_at(path: &Path, entry: &DirEntry, unseen: &mut Vec<Unseen>) -> io::Result<Option<u64>> {
    let kind = entry.file_type()?;
    if kind.is_dir() {
        open(path, unseen)?;
    }
    if kind.is_file() { Ok(Some(entry.metadata()?.len())) } else { Ok(None) }
}

fn open(dir: &Path, unseen: &mut Vec<Unseen>) -> io::Result<()> {
    let mut entries = fs::read_dir(or_here(dir))?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_cached_key(DirEntry::file_name);
    unseen.extend(entries.into_iter().rev().map(|entry| Unseen::Entry(dir.join(entry.file_name()), entry)));
    Ok(())
}

fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}
