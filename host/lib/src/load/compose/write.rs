//! Writes a file completely, or leaves it as it was.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::process;

/// Writes a new file next to the target and renames it into place; `-` is stdout.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path == Path::new("-") {
        let mut stdout = io::stdout().lock();
        return stdout.write_all(bytes).and_then(|()| stdout.flush());
    }
    // A symbolic link stays, and leads to the new file.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        // Replacing /dev/null or a pipe with a file is not what was asked for.
        return File::options().write(true).open(path)?.write_all(bytes);
    }
    let Some(name) = path.file_name() else {
        return Err(io::Error::other("it is not the name of a file"));
    };
    let mut unfinished = OsString::from(".");
    unfinished.push(name);
    unfinished.push(format!(".unfinished-{}", process::id()));
    let unfinished = path.with_file_name(unfinished);
    // A killed process with the same id may have left this file behind.
    let _ = fs::remove_file(&unfinished);
    let file = File::options().write(true).create_new(true).open(&unfinished);
    let written =
        file.and_then(|mut file| file.write_all(bytes)).and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    written
}
