//! The walk: all files below some directories, in order, cut into pieces.

use std::fs::{self, DirEntry, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Small enough that many cores share a large file and the results of a piece stay small; large enough
/// that opening the file again costs little.
const PIECE: u64 = 1 << 20;

/// A part of a file: the lines that begin in it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Piece {
    pub(crate) path: PathBuf,
    pub(crate) start: u64,
    /// The end of the part; `None` for the last part, because the file may grow.
    pub(crate) end: Option<u64>,
}

/// An entry that is not yet visited.
enum Unseen {
    /// A path from the arguments.
    Root(PathBuf),
    /// An entry of a directory.
    Entry(PathBuf, DirEntry),
}

/// Iterates over all files below these paths; if there are none, below the current directory of the app.
/// The names in a directory are sorted by their bytes.
///
/// Only the names in the directories above the next file are kept, so a tree may have any size.
pub(crate) fn walk(roots: &[PathBuf]) -> impl Iterator<Item = Result<PathBuf, String>> + use<> {
    let mut unseen: Vec<_> = roots.iter().rev().cloned().map(Unseen::Root).collect();
    if unseen.is_empty() {
        // The name of the current directory is not printed.
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

/// Returns whether a path from the arguments is a file. A directory is visited next.
fn look_at_root(path: &Path, unseen: &mut Vec<Unseen>) -> io::Result<bool> {
    let is_dir = fs::metadata(or_here(path))?.is_dir();
    if is_dir {
        open(path, unseen)?;
    }
    Ok(!is_dir)
}

/// Like [`look_at_root`], but skips links, sockets and other special files.
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

/// Returns a file and its size. For small files this takes as long as the search, so jobs do it too.
pub(crate) async fn measure(path: Result<PathBuf, String>) -> Result<(PathBuf, u64), String> {
    let path = path?;
    // Opened rather than looked up by name, so that a file that cannot be opened is reported once.
    let metadata = File::open(&path).and_then(|file| file.metadata());
    let size = metadata.map_err(|error| at(&path, &error))?.len();
    Ok((path, size))
}

/// Cuts a file into pieces; a file without a size has an error, which is passed on.
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

/// Describes an error of a file.
pub(crate) fn at(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}
