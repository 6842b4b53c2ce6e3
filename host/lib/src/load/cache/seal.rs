//! The seal of a cache entry, which proves that this host wrote its content under its name.
//!
//! A seal is a digest of both, stored in an extended attribute of the file. A guest that may write to the
//! directory can copy, rename, link and overwrite entries, but WASI has no function that sets or copies an
//! extended attribute. So a host has written every file that has a seal, and the digest shows whether the
//! file has been changed or renamed since.
//!
//! A secret key in a second place would work only as long as no run is ever granted access to that place,
//! under any flags. A seal needs no second place.

use std::fs::File;
use std::io;

use rustix::fs::{XattrFlags, fgetxattr, fsetxattr};
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};

/// The attribute that holds the seal.
const ATTRIBUTE: &str = "user.parallel-host.seal";

const LENGTH: usize = size_of::<u64>();

/// The length of a digest in bytes.
pub(super) const DIGEST: usize = 32;

const SIZE: usize = LENGTH + DIGEST;

/// The length of an entry's content, and a digest of its name and content.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seal([u8; SIZE]);

impl Seal {
    /// Returns the seal of this content under this name.
    pub(super) fn of(name: &str, content: &[u8]) -> Self {
        // The length separates the end of the name from the beginning of the content.
        let length = (content.len() as u64).to_le_bytes();
        let mut hasher = Sha256::new();
        hasher.update((name.len() as u64).to_le_bytes());
        hasher.update(name);
        hasher.update(content);
        let mut seal = [0; SIZE];
        seal[..LENGTH].copy_from_slice(&length);
        seal[LENGTH..].copy_from_slice(&hasher.finalize());
        Self(seal)
    }

    /// Reads the seal of a file; `None` if it has none.
    pub(super) fn read(file: &File) -> Option<Self> {
        let mut seal = [0; SIZE];
        let size = fgetxattr(file, ATTRIBUTE, &mut seal).ok()?;
        (size == SIZE).then_some(Self(seal))
    }

    /// Sets the seal of a file.
    ///
    /// # Errors
    ///
    /// Fails if the file system has no extended attributes.
    pub(super) fn put(&self, file: &File) -> io::Result<()> {
        fsetxattr(file, ATTRIBUTE, &self.0, XattrFlags::empty()).map_err(|errno| match errno {
            Errno::OPNOTSUPP => io::Error::other(
                "its file system has no extended attributes; keep compiled apps in another, or not at all",
            ),
            other => other.into(),
        })
    }

    /// Returns the length of the content.
    pub(super) fn length(&self) -> u64 {
        let mut length = [0; LENGTH];
        length.copy_from_slice(&self.0[..LENGTH]);
        u64::from_le_bytes(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_of_a_name_and_a_content() {
        let seal = Seal::of("name", b"content");
        assert_eq!(seal, Seal::of("name", b"content"));
        assert_eq!(seal.length(), 7);
        for (name, content) in [("other", "content"), ("name", "contenT"), ("namec", "ontent"), ("name", "")]
        {
            assert_ne!(seal, Seal::of(name, content.as_bytes()));
        }
    }

    #[test]
    fn a_file_has_the_seal_that_was_put_there() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(Seal::read(&file), None);
        for content in ["one", "other"] {
            let seal = Seal::of("name", content.as_bytes());
            seal.put(&file).unwrap();
            assert_eq!(Seal::read(&file), Some(seal));
        }
        for other in [&[0; SIZE - 1][..], &[0; SIZE + 1]] {
            fsetxattr(&file, ATTRIBUTE, other, XattrFlags::empty()).unwrap();
            assert_eq!(Seal::read(&file), None);
        }
    }

    #[test]
    fn a_file_system_without_attributes_is_named() {
        let file = File::options().write(true).open("/proc/self/comm").unwrap();
        let error = Seal::of("name", b"content").put(&file).unwrap_err().to_string();
        assert!(error.contains("no extended attributes"), "{error}");
    }
}
