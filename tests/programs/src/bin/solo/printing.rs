//! Printing by std, and what becomes of its errors.

use std::fs::File;
use std::io::{self, Write as _};

use crate::number;

/// Prints lines. A failure to print is a panic.
pub(crate) fn lines(args: &[&str]) {
    (0..number(args, 0)).for_each(|line| println!("line {line}"));
}

/// Prints lines up to the first error, which main returns.
pub(crate) fn checked_lines(args: &[&str]) -> io::Result<()> {
    (0..number(args, 0)).try_for_each(|line| writeln!(io::stdout(), "line {line}"))
}

/// Prints lines, and does not look whether that worked.
pub(crate) fn ignored(args: &[&str]) {
    for line in 0..number(args, 0) {
        let _ = writeln!(io::stdout(), "line {line}");
    }
    eprintln!("printed them all");
}

/// Writes each line to a file and to stdout, whose errors it ignores.
pub(crate) fn kept_on(args: &[&str]) {
    let mut file = File::create(args[1]).unwrap();
    let mut failed = None;
    for line in 0..number(args, 0) {
        writeln!(file, "line {line}").unwrap();
        if failed.is_none() {
            failed = writeln!(io::stdout(), "line {line}").err();
        }
    }
    eprintln!("stdout: {:?}", failed.map(|error| error.kind()));
}

/// Prints lines until that fails, says why, and ends with a code of its own.
pub(crate) fn says_so() {
    loop {
        if let Err(error) = writeln!(io::stdout(), "a line") {
            eprintln!("cannot print: {:?}", error.kind());
            std::process::exit(1);
        }
    }
}

/// Prints alternately on stdout and stderr, in pieces of lines.
pub(crate) fn both() {
    for line in 0..50 {
        print!("out {line}, ");
        io::stdout().flush().unwrap();
        eprint!("err {line}");
        eprintln!(", end");
    }
    print!("the end has no newline");
}

pub(crate) fn exit(args: &[&str]) {
    print!("before the exit");
    std::process::exit(number(args, 0) as i32);
}

pub(crate) fn panic() {
    println!("before the panic");
    panic!("on purpose");
}
