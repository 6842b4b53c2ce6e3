//! What a program finds around itself: arguments, environment, directories, files, randomness.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use wasi::cli::environment;
use wasi::filesystem::preopens::get_directories;
use wasi::random::{insecure, random};

use crate::number;

pub(crate) fn random(args: &[&str]) {
    let len = number(args, 0) as u64;
    let some = random::get_random_bytes(len);
    let others = insecure::get_insecure_random_bytes(len);
    println!("{} and {} bytes", some.len(), others.len());
    // All values occur, and the two differ.
    let values = |bytes: &[u8]| bytes.iter().collect::<BTreeSet<_>>().len();
    println!("{} and {} values, equal: {}", values(&some), values(&others), some == others);
}

pub(crate) fn environment() {
    println!("{:?}", std::env::args().skip(1).collect::<Vec<_>>());
    println!("{:?}", environment::get_environment());
    println!("{:?}", environment::initial_cwd());
}

/// Lists directories, with an error for each that cannot be listed.
pub(crate) fn list(args: &[&str]) {
    for dir in args {
        match fs::read_dir(dir) {
            Ok(entries) => {
                let names = entries.map(|entry| match entry {
                    Ok(entry) => format!("{:?} {:?}", entry.file_name(), entry.file_type().unwrap()),
                    Err(error) => format!("{:?}", error.kind()),
                });
                println!("{dir}: {:?}", names.collect::<BTreeSet<_>>());
            }
            Err(error) => println!("{dir}: {:?}", error.kind()),
        }
    }
}

pub(crate) fn directories() {
    println!("{:?}", get_directories().into_iter().map(|(_, name)| name).collect::<Vec<_>>());
}

/// Writes this many bytes to this file by one call.
pub(crate) fn write_file(args: &[&str]) -> io::Result<()> {
    let bytes = (0..number(args, 1)).map(|n| n as u8).collect::<Vec<_>>();
    let written = File::create(args[0])?.write(&bytes)?;
    println!("{}", written > 0);
    File::create(args[0])?.write_all(&bytes)
}

/// Uses a file in a directory by the operations of std.
pub(crate) fn files(args: &[&str]) -> io::Result<()> {
    let dir = args[0];
    let path = |name: &str| format!("{dir}/{name}");
    let kind = |result: io::Result<()>| result.err().map(|error| error.kind());
    fs::write(path("a"), "0123456789")?;
    let mut appended = OpenOptions::new().append(true).open(path("a"))?;
    let mut file = OpenOptions::new().read(true).write(true).open(path("a"))?;
    appended.write_all(b"appended")?;
    file.seek(SeekFrom::Start(3))?;
    file.write_all(b"xyz")?;
    appended.write_all(b"")?;
    appended.write_all(b" twice")?;
    file.seek(SeekFrom::End(2))?;
    file.write_all(b"behind the end")?;
    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    println!("{text:?} {}", file.metadata()?.len());
    file.set_len(5)?;
    fs::create_dir(path("d"))?;
    fs::rename(path("a"), path("d/b"))?;
    fs::hard_link(path("d/b"), path("c"))?;
    println!("{:?}", fs::read_to_string(path("c"))?);
    println!("{:?}", kind(fs::create_dir(path("d"))));
    println!("{:?}", kind(fs::remove_dir(path("d"))));
    println!("{:?}", kind(fs::read(path("none")).map(drop)));
    println!("{:?}", kind(fs::read(path("d")).map(drop)));
    println!("{:?}", kind(fs::write(path("d"), "")));
    println!("{:?}", kind(fs::read(path("../../outside")).map(drop)));
    println!("{:?}", kind(File::create_new(path("c")).map(drop)));
    println!("{:?}", kind(fs::read(path("c/below")).map(drop)));
    Ok(())
}
