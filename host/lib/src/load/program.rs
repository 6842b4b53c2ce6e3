//! An app as it is sent to other machines: the bytes of its component, and their digest.

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

/// A component that other machines may fetch.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) bytes: Bytes,
    /// The SHA-256 of the bytes, by which machines name the component.
    pub(crate) digest: [u8; 32],
}

impl Program {
    pub(crate) fn new(bytes: Bytes) -> Self {
        let digest = Sha256::digest(&bytes).into();
        Self { bytes, digest }
    }
}
