//! The measured file work: a large file, and many small ones.
//!
//! Part of `src/bin/files.rs` and of `examples/files_peer.rs`.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

/// The size of the large file.
const LARGE: usize = 1 << 30;

/// The number of bytes written or read at a time.
const PIECE: usize = 1 << 20;

/// The number of small files, and the size of each.
const SMALL: usize = 10_000;
const SMALL_SIZE: usize = 1_000;

/// Writes and reads files in an empty directory, and removes them. Returns the times of writing the large
/// file, reading it, writing the small ones, reading them, and getting their sizes.
///
/// # Errors
///
/// Fails if a file cannot be written or read.
pub(crate) fn measure(dir: &Path) -> io::Result<[Duration; 5]> {
    let large = dir.join("large");
    let names = (0..SMALL).map(|n| dir.join(n.to_string())).collect::<Vec<_>>();
    let mut piece = vec![7_u8; PIECE];

    let start = Instant::now();
    let mut file = File::create(&large)?;
    for _ in 0..LARGE / PIECE {
        file.write_all(&piece)?;
    }
    drop(file);
    let written = start.elapsed();

    let start = Instant::now();
    let mut file = File::open(&large)?;
    for _ in 0..LARGE / PIECE {
        file.read_exact(&mut piece)?;
    }
    let read = start.elapsed();
    drop(file);
    fs::remove_file(&large)?;

    let start = Instant::now();
    for name in &names {
        fs::write(name, &piece[..SMALL_SIZE])?;
    }
    let small_written = start.elapsed();

    let start = Instant::now();
    let mut bytes = 0;
    for name in &names {
        bytes += fs::read(name)?.len();
    }
    let small_read = start.elapsed();
    assert_eq!(bytes, SMALL * SMALL_SIZE, "the files have the sizes that were written");

    let start = Instant::now();
    let mut bytes = 0;
    for name in &names {
        bytes += fs::metadata(name)?.len();
    }
    let sizes = start.elapsed();
    assert_eq!(bytes, (SMALL * SMALL_SIZE) as u64, "the files have the sizes that were written");

    for name in &names {
        fs::remove_file(name)?;
    }
    Ok([written, read, small_written, small_read, sizes])
}
