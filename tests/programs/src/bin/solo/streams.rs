//! Streams by the functions of WASI: sizes, permits, flushes and ends.

use wasi::cli::{stderr, stdin, stdout};
use wasi::io::streams::{OutputStream, StreamError};

use crate::number;

/// Names the outcome of an operation on a stream.
fn named<T>(result: Result<T, StreamError>) -> &'static str {
    match result {
        Ok(_) => "fine",
        Err(StreamError::Closed) => "closed",
        Err(StreamError::LastOperationFailed(_)) => "failed",
    }
}

fn wait(stream: &OutputStream) {
    stream.subscribe().block();
}

fn line(len: usize) -> Vec<u8> {
    let mut line = vec![b'x'; len];
    line[len - 1] = b'\n';
    line
}

/// Writes a line of this length as far as one permit allows, as the C library does.
pub(crate) fn one_write(args: &[&str]) {
    let stream = stdout::get_stdout();
    wait(&stream);
    let permit = stream.check_write().unwrap();
    let line = line(number(args, 0));
    stream.write(&line[..line.len().min(permit as usize)]).unwrap();
    stream.blocking_flush().unwrap();
}

/// Writes lines of this length without asking for permits, to stdout and to a file.
pub(crate) fn unchecked(args: &[&str]) {
    let stream = stdout::get_stdout();
    let line = line(number(args, 0));
    for _ in 0..number(args, 1) {
        stream.write(&line).unwrap();
    }
    stream.blocking_flush().unwrap();
}

/// Writes zeroes, and then nothing.
pub(crate) fn zeroes(args: &[&str]) {
    let stream = stdout::get_stdout();
    let mut left = number(args, 0) as u64;
    while left > 0 {
        wait(&stream);
        let len = left.min(stream.check_write().unwrap());
        stream.write_zeroes(len).unwrap();
        left -= len;
    }
    stream.blocking_write_zeroes_and_flush(10).unwrap();
    stream.write(&[]).unwrap();
    stream.blocking_write_and_flush(&[]).unwrap();
}

/// Flushes part of a line to stdout, which is this file, and reads it back.
pub(crate) fn partial(args: &[&str]) {
    let stream = stdout::get_stdout();
    let read = |after: &str| eprintln!("{after}: {:?}", std::fs::read_to_string(args[0]).unwrap());
    stream.blocking_write_and_flush(b"partial").unwrap();
    read("written and flushed");
    wait(&stream);
    stream.check_write().unwrap();
    stream.write(b", more").unwrap();
    stream.blocking_flush().unwrap();
    read("flushed");
    wait(&stream);
    stream.check_write().unwrap();
    stream.write(b", and more").unwrap();
    stream.flush().unwrap();
    wait(&stream);
    read("after a wait");
    let other = stderr::get_stderr();
    other.blocking_write_and_flush(b"no newline").unwrap();
}

/// Copies stdin to stdout without looking at it.
pub(crate) fn splice() {
    let (to, from) = (stdout::get_stdout(), stdin::get_stdin());
    let mut total = 0;
    loop {
        match to.blocking_splice(&from, 1 << 20) {
            Ok(len) => total += len,
            Err(error) => break eprintln!("{total} bytes, {}", named::<()>(Err(error))),
        }
    }
}

/// Uses a stdout that has no reader.
pub(crate) fn after_the_end() {
    let stream = stdout::get_stdout();
    while stream.blocking_write_and_flush(b"a line\n").is_ok() {}
    wait(&stream);
    eprintln!("write and flush: {}", named(stream.blocking_write_and_flush(b"a line\n")));
    eprintln!("write: {}", named(stream.write(b"a line\n")));
    let other = stdout::get_stdout();
    eprintln!("other: {}", named(other.blocking_write_and_flush(b"a line\n")));
}

/// Reads stdin in pieces of this length, and skips a piece after each.
pub(crate) fn stdin(args: &[&str]) {
    let stream = stdin::get_stdin();
    let len = number(args, 0) as u64;
    let (mut read, mut skipped, mut sum) = (0, 0, 0_u64);
    let end = loop {
        match stream.blocking_read(len) {
            Ok(bytes) => {
                read += bytes.len();
                sum += bytes.iter().map(|&byte| u64::from(byte)).sum::<u64>();
            }
            Err(error) => break error,
        }
        match stream.blocking_skip(len) {
            Ok(len) => skipped += len,
            Err(error) => break error,
        }
    };
    println!("{} bytes, {}", read as u64 + skipped, named::<()>(Err(end)));
    if skipped == 0 {
        println!("sum {sum}");
    }
    println!("again: {}, nothing: {}", named(stream.read(1)), named(stream.read(0)));
}
