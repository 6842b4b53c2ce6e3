//! Compiling: in a process of its own, which has limited memory and ends with the host.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use tempfile::{TempDir, tempdir};
use tests::{Running, guest, host};

/// The name of the process that compiles, in `/proc/PID/cmdline`.
const COMPILER: &str = "parallel-host: compiler";

/// Writes a command with a module that has this many functions with this body.
fn command(functions: usize, body: &str) -> (TempDir, PathBuf) {
    let directory = tempdir().unwrap();
    let file = directory.path().join("app.wasm");
    let functions = format!("(func {body})").repeat(functions);
    let text = format!(
        r#"(component
            (core module {functions})
            (core module $m (func (export "run") (result i32) (i32.const 0)))
            (core instance $i (instantiate $m))
            (func $run (result (result)) (canon lift (core func $i "run")))
            (instance (export "wasi:cli/run@0.2.12") (export "run" (func $run))))"#
    );
    fs::write(&file, wat::parse_str(text).unwrap()).unwrap();
    (directory, file)
}

fn run(app: &Path, options: &[&str]) -> Running {
    let mut run = host();
    run.args(["run", "--no-cache"]).args(options).arg(app);
    Running::start(run)
}

/// Each of these functions takes 4 bytes of the file, and took 6 KB of the host.
#[test]
fn a_file_that_takes_too_much_memory_is_refused() {
    let (_directory, app) = command(300_000, "");
    run(&app, &["--compile-memory", "256MiB"])
        .end()
        .exit(65)
        .stderr_is_one_line()
        .stderr_has("with 268435456 bytes of memory")
        .stderr_has("(--compile-memory)");
}

#[test]
fn a_usual_app_needs_little() {
    run(&guest("par_cores"), &["--compile-memory", "256MiB"]).end().exit(0).stderr("");
}

/// Code for an engine without a pool differs. That of the compiler is for the engine of the host.
#[test]
fn the_code_fits_to_each_engine() {
    for options in [&["--no-preemption"][..], &["--stack", "8MiB"], &["--cores", "1", "--slots", "0"]] {
        run(&guest("par_cores"), options).end().exit(0).stderr("");
    }
}

/// Without its host, a process of the compiler would run on for minutes.
#[test]
fn the_compiler_ends_with_the_host() {
    // One function of 2 MB takes seconds.
    let (_directory, app) = command(1, &"(block (br_if 0 (i32.const 0)))".repeat(400_000));
    let host = run(&app, &[]);
    let compiler = loop {
        match processes().find(|&process| is_compiler(process) && parent(process) == Some(host.id())) {
            Some(compiler) => break compiler,
            None => thread::yield_now(),
        }
    };
    // This kills it.
    drop(host);
    while is_compiler(compiler) {
        thread::yield_now();
    }
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn parent(process: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

fn is_compiler(process: u32) -> bool {
    let line = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    line.starts_with(COMPILER.as_bytes())
}
