//! Names of files that are not UTF-8, which WASI cannot express.

use std::ffi::CStr;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::fd::AsFd;

use rustix::fs::{Dir, FileType};
use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorType, DirectoryEntry, MetadataHashValue};

/// The most of them that are listed.
const MOST: usize = 1_000;

/// Lists the files of a directory whose names are not UTF-8, with U+FFFD in place of what is not.
///
/// No file can be opened by such a name, so a guest reports this file, and uses the others.
pub(super) fn foreign(directory: impl AsFd) -> rustix::io::Result<Vec<DirectoryEntry>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        if entry.file_name().to_str().is_err() && names.len() < MOST {
            names.push(DirectoryEntry { type_: kind(entry.file_type()), name: shown(entry.file_name()) });
        }
    }
    Ok(names)
}

/// Returns a hash for a path that may stand for a name that is not UTF-8.
pub(crate) fn hash(path: &str) -> Option<MetadataHashValue> {
    path.contains(char::REPLACEMENT_CHARACTER).then(|| {
        let mut hasher = DefaultHasher::new();
        path.hash(&mut hasher);
        MetadataHashValue { lower: hasher.finish(), upper: 0 }
    })
}

fn shown(name: &CStr) -> String {
    name.to_string_lossy().into_owned()
}

fn kind(kind: FileType) -> DescriptorType {
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
