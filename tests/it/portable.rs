//! Portable apps print the same on any WASI 0.2 runtime as under the host.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::tempdir;
use tests::{App, Output, Portable, root};

use crate::examples::{content, haystack};

/// Test programs with the same output and exit code everywhere: values, borrows, streams, shared values,
/// iteration, dropping, stopping.
const PROGRAMS: &[&str] = &[
    "block_on_busy",
    "block_on_sibling",
    "cancel_race",
    "cancel_waiting",
    "iter_chains",
    "iter_values",
    "limit_jobs",
    "outside_tokio",
    "par_bad_message",
    "par_block",
    "par_callables",
    "par_churn",
    "par_computes",
    "par_depth",
    "par_disagreements",
    "par_fib",
    "par_fresh",
    "par_large",
    "par_lazy",
    "par_many_empty",
    "par_many_sleeping",
    "par_not_send",
    "par_number_reuse",
    "par_prints",
    "par_results",
    "par_sequential",
    "par_values",
    "ports_numbers",
    "ports_texts",
    "reactor_race_losers",
    "stream_senders",
    "time_interval",
    "time_same_deadline",
    "time_timeout",
    "wait_anywhere",
];

/// Programs with jobs that behave differently without a host, and why.
const DIFFER: &[(&str, &str)] = &[
    ("borrow_trees", "jobs panic"),
    ("borrow_untouched", "jobs panic, trap, exit and compute without end"),
    ("borrow_values", "two jobs print, in an order that nobody promises"),
    ("borrow_waits", "main waits by blocking for what a job does"),
    ("cancel_computing", "jobs compute without end"),
    ("cancel_main_ends", "jobs compute without end"),
    ("cancel_not_started", "jobs compute without end"),
    ("cancel_storm", "jobs compute without end"),
    ("cancel_timeout", "jobs compute without end"),
    ("cancel_tree", "jobs compute without end"),
    ("failure_caught", "jobs panic"),
    ("failure_exit_code", "a job ends the program"),
    ("failure_exited", "a job ends the program"),
    ("failure_frames", "a job panics"),
    ("failure_nested", "jobs panic"),
    ("failure_parent", "jobs panic"),
    ("failure_siblings", "jobs panic"),
    ("failure_traps", "jobs trap"),
    ("failure_try_join", "jobs panic"),
    ("failure_uncaught", "jobs panic"),
    ("items_contract", "calls the contract itself"),
    ("iter_each", "jobs panic, trap and exit"),
    ("iter_stops", "jobs compute without end"),
    ("iter_uncaught", "jobs panic"),
    ("next_contract", "calls the contract itself"),
    ("outside_collected", "asks for a pollable of a job that waits for an hour"),
    ("outside_contract", "calls the contract itself"),
    ("outside_dropped", "asks for a pollable of a job that never ends"),
    ("outside_failure", "jobs panic"),
    ("outside_wait", "asks for a pollable of a job that waits for an hour"),
    ("par_behind_endless", "jobs compute without end"),
    ("par_composes", "jobs panic"),
    ("par_cores", "prints the number of cores"),
    ("par_forgotten", "jobs compute without end"),
    ("par_long_and_short", "a job computes until another has done something"),
    ("par_overlap", "jobs that run at the same time"),
    ("par_statics", "each instance has statics of its own"),
    ("par_surroundings", "is granted a variable"),
    ("par_while_main_computes", "main waits by computing for what a job does"),
    ("par_wrong_entry", "calls the contract itself"),
    ("shared_values", "relies on a limit of memory"),
    ("stream_values", "jobs panic"),
];

#[track_caller]
fn same(one: &Output, other: &Output) {
    other.exit(one.code);
    assert!(other.stdout == one.stdout, "{one:?}\n{other:?}");
}

#[test]
fn programs_print_the_same() {
    let to = tempdir().unwrap();
    for &name in PROGRAMS {
        let (here, there) = (tempdir().unwrap(), tempdir().unwrap());
        let host = App::new(name).cores(2).dir(here.path(), "/").run();
        host.exit(0);
        same(&host, &Portable::new(name, to.path()).dir(there.path()).run_plain());
    }
}

/// Every program with jobs is in one of the two lists, so that none is left out unnoticed.
#[test]
fn every_program_with_jobs_is_in_a_list() {
    let programs = fs::read_dir(root().join("tests/programs/src/bin")).unwrap();
    let mut missing = Vec::new();
    for path in programs.map(|entry| entry.unwrap().path()) {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let is_listed = PROGRAMS.contains(&&*name) || DIFFER.iter().any(|(other, _)| *other == name);
        let is_of_jobs = ["par_", "borrow_", "cancel_", "failure_", "iter_", "stream_", "shared_values"];
        if is_of_jobs.iter().any(|start| name.starts_with(start)) && !is_listed {
            missing.push(name);
        }
    }
    assert!(missing.is_empty(), "in no list of tests/it/portable.rs: {missing:?}");
}

/// An example, its arguments, and whether it is also run as JavaScript.
struct Example {
    name: &'static str,
    args: &'static [&'static str],
    as_javascript: bool,
}

const fn example(name: &'static str, args: &'static [&'static str], as_javascript: bool) -> Example {
    Example { name, args, as_javascript }
}

const EXAMPLES: [Example; 10] = [
    example("essay", &[], true),
    example("primes", &["100000"], true),
    example("sort", &["100003"], true),
    example("matmul", &["131"], true),
    example("wordcount", &["tree", "-n", "50"], true),
    example("grep", &["-n", "n[e]+dle", "tree"], true),
    example("grep", &["--first", "needle", "tree"], true),
    example("pgzip", &["-c", "file"], true),
    example("pgzip", &["missing"], true),
    // Under jco, Rust programs cannot write files: their libc requests a right that its shim refuses.
    example("mandelbrot", &["--size", "200x100", "-o", "picture.png"], false),
];

/// Returns the file that the example writes, if any.
fn written(dir: &Path) -> Option<Vec<u8>> {
    let picture: PathBuf = dir.join("picture.png");
    let content = fs::read(&picture).ok()?;
    fs::remove_file(picture).unwrap();
    Some(content)
}

#[test]
fn examples_print_the_same() {
    let (dir, to) = (haystack(), tempdir().unwrap());
    fs::write(dir.path().join("file"), content(3_000_000)).unwrap();
    for Example { name, args, as_javascript } in EXAMPLES {
        let app = App::new(name).cores(2).dir(dir.path(), ".");
        let host = args.iter().fold(app, |app, arg| app.arg(*arg)).run();
        let picture = written(dir.path());
        assert_eq!(picture.is_some(), name == "mandelbrot");
        let portable = Portable::new(name, to.path()).dir(dir.path()).args(args);
        same(&host, &portable.run_plain());
        assert!(written(dir.path()) == picture, "{name} writes something else");
        if let Some(stock) = portable.run_stock() {
            same(&host, &stock);
            assert!(written(dir.path()) == picture, "{name} writes something else");
        }
        if as_javascript && let Some(javascript) = portable.run_jco() {
            same(&host, &javascript);
        }
    }
}
