//! What is to be searched, in order: all files below some directories, each cut into pieces.

use std::fs::{self, DirEntry, File};
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
}

/// All files below these paths, as they are asked for; without any, of the directory that the app is
/// in. In a directory names are in the order of their bytes.
///
/// Only the names in the directories above the next file are kept, so a tree may be as large as it likes.
pub(crate) fn walk(roots: &[PathBuf]) -> impl Iterator<Item = Result<PathBuf, String>> + use<> {
    let mut unseen: Vec<_> = roots.iter().rev().cloned().map(Unseen::Root).collect();
    if unseen.is_empty() {
        // Its name is not part of the names of what is there.
        unseen.push(Unseen::Root(PathBuf::new()));
    }
    std::iter::from_fn(move || {
        loop {
            let (path, is_file) = match unseen.pop()? {
                Unseen::Root(path) => {
                    let is_file = look_at_root(&path, &mut unseen);
                    (path, is_file)
                }
                Unseen::Entry(path, entry) => {
                    let is_file = look_at(&path, &entry, &mut unseen);
                    (path, is_file)
                }
            };
            match is_file {
                Ok(true) => return Some(Ok(path)),
                Ok(false) => {}
                Err(error) => return Some(Err(at(&path, &error))),
            }
        }
    })
}

/// Whether a path that was named is a file. Of a directory, what is in it is to be looked at next.
fn look_at_root(path: &Path, unseen: &mut Vec<Unseen>) -> io::Result<bool> {
    let is_dir = fs::metadata(or_here(path))?.is_dir();
    if is_dir {
        open(path, unseen)?;
    }
    Ok(!is_dir)
}

/// As [`look_at_root`]; but links, sockets and the like are passed over.
fn look_at(path: &Path, entry: &DirEntry, unseen: &mut Vec<Unseen>) -> io::Result<bool> {
    let kind = entry.file_type()?;
    if kind.is_dir() {
        open(path, unseen)?;
    }
    Ok(kind.is_file())
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

/// A file and its size. Of small files that takes as long as their search, so it is work for jobs, too.
pub(crate) async fn measure(path: Result<PathBuf, String>) -> Result<(PathBuf, u64), String> {
    let path = path?;
    // Opened, and not asked for by its name, so that one that cannot be opened is known here, once.
    let metadata = File::open(&path).and_then(|file| file.metadata());
    let size = metadata.map_err(|error| at(&path, &error))?.len();
    Ok((path, size))
}

/// Cuts a file; one without a size, because something is wrong with it, is handed on.
pub(crate) fn pieces(
    measured: Result<(PathBuf, u64), String>,
) -> impl Iterator<Item = Result<Piece, String>> {
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let start = next.take()?;
        Some(measured.as_ref().map_err(String::clone).map(|(path, size)| {
            let end = start + PIECE;
            next = (end < *size).then_some(end);
            Piece { path: path.clone(), start, end: next }
        }))
    })
}

/// What is wrong with a file.
pub(crate) fn at(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}
