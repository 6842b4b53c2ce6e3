//! One block of the stream, deflated, and the header and trailer of the whole.

use flate2::{Compress, Compression, FlushCompress};

/// Large enough that cutting costs nothing, small enough that ten blocks per core fit into memory.
pub(crate) const BLOCK: usize = 256 << 10;

/// The maximum distance of a back reference in deflate.
pub(crate) const DICTIONARY: usize = 32 << 10;

/// "gzip, deflate; no name, no time; unknown system."
pub(crate) const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// Deflates a block with a dictionary, the end of the previous block.
pub(crate) fn deflate(text: &[u8], dictionary: &[u8], last: bool, level: u32) -> Vec<u8> {
    let mut compress = Compress::new(Compression::new(level), false);
    if !dictionary.is_empty() {
        compress.set_dictionary(dictionary).expect("a raw stream takes a dictionary at its start");
    }
    let flush = if last { FlushCompress::Finish } else { FlushCompress::Sync };
    let mut bytes = Vec::with_capacity(text.len() + text.len() / 8 + 64);
    loop {
        let rest = &text[compress.total_in() as usize..];
        compress.compress_vec(rest, &mut bytes, flush).expect("there is room to write to");
        // It stops when everything is done, or when there is no room.
        if bytes.len() < bytes.capacity() {
            break;
        }
        bytes.reserve(BLOCK);
    }
    bytes
}

/// Returns the trailer: the checksum of the text, and its length.
pub(crate) fn trailer(checksum: u32, length: u64) -> Vec<u8> {
    // The format specifies "the size of the original modulo 2^32".
    [checksum.to_le_bytes(), (length as u32).to_le_bytes()].concat()
}
