//! Files that block: what a guest sees of them, and that they block only their own job.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::{TempDir, tempdir};
use tests::{App, Output, Running};

/// More than a pipe holds.
const LARGE: usize = 1 << 20;

/// Creates a directory with a FIFO and a plain file.
fn files() -> (TempDir, PathBuf) {
    let dir = tempdir().unwrap();
    let fifo = dir.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    fs::write(dir.path().join("plain"), "x").unwrap();
    (dir, fifo)
}

fn app(what: &str, dir: &Path, name: &str) -> App {
    App::new("files_fifo").dir(dir, "/files").arg(what).arg(format!("/files/{name}"))
}

#[track_caller]
fn signal(signal: &str, running: &Running) {
    let sent = Command::new("kill").args([signal, &running.id().to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "{signal}");
}

/// One such name hid the whole directory.
#[test]
fn a_name_that_is_not_utf8_hides_no_other() {
    let dir = tempdir().unwrap();
    for name in [&b"a"[..], b"bad\xff", b"z"] {
        fs::write(dir.path().join(OsStr::from_bytes(name)), "needle\n").unwrap();
    }
    let listed = App::new("solo").dir(dir.path(), "/files").arg("list").arg("/files").run();
    let [a, bad, z] = ["a", "bad\u{fffd}", "z"].map(|name| format!("\\\"{name}\\\" FileType {{"));
    listed.exit(0).stdout_has(&a).stdout_has(&bad).stdout_has(&z);
    // A program reports this file, and uses the others.
    let found = App::new("grep").dir(dir.path(), "/files").arg("needle").arg("/files").run();
    found.stderr_is_one_line().stderr_has("bad\u{fffd}");
    assert_eq!(found.text().lines().count(), 2, "{found:?}");
}

/// `mkfifo f; host run --timeout 1s --dir . cat.wasm f` used to run forever and to ignore signals: the core
/// was blocked in opening the FIFO.
#[test]
fn limits_and_signals_end_a_blocked_open() {
    let (dir, _) = files();
    std::os::unix::fs::symlink("fifo", dir.path().join("link")).unwrap();
    for what in ["read", "write", "create", "append"] {
        for (cores, name) in [(1, "fifo"), (2, "link"), (8, "fifo")] {
            let app = app(what, dir.path(), name).cores(cores);
            let ended = app.clone().option("--timeout").option("50ms").run();
            ended.exit(124).stdout("");
            assert!(
                !ended.stderr.contains("open\n"),
                "{what} returned without the other end: {}",
                ended.stderr
            );
            for (name, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
                let mut running = app.clone().start();
                running.complains("opening");
                signal(name, &running);
                running.end().exit(code);
            }
        }
    }
}

#[test]
fn jobs_blocked_on_a_fifo_end_and_hold_up_no_others() {
    let (dir, _) = files();
    let unread = dir.path().join("unread");
    assert!(Command::new("mkfifo").arg(&unread).status().unwrap().success());
    let late = "took longer than the 20ms it was given (.timeout() or --job-timeout)";
    for cores in [1, 2, 8] {
        let app = App::new("files_jobs").cores(cores).dir(dir.path(), "/files");
        let ended = app.option("--timeout").option("3s").run();
        let expected = format!("true\ntrue\n{late}\n{late}\nwaited\n5050\n");
        ended.exit(124).stdout(&expected);
    }
    let app = App::new("files_jobs").cores(2).dir(dir.path(), "/files");
    let ended = app.option("--job-timeout").option("10ms").run();
    ended.exit(134).stderr_has("took longer than the 10ms it was given");
}

/// Starts the app, and opens the FIFO for writing as soon as it has a reader.
fn writer_of(what: &str) -> (Running, File, TempDir) {
    let (dir, fifo) = files();
    let mut running = app(what, dir.path(), "fifo").start();
    running.complains("opening");
    let writer = File::options().write(true).open(fifo).unwrap();
    (running, writer, dir)
}

#[test]
fn a_late_writer_is_read_to_its_end() {
    let (mut running, mut writer, _dir) = writer_of("read");
    // The open returns although the writer is silent.
    running.complains("open");
    writer.write_all(b"one, ").unwrap();
    writer.write_all(b"two").unwrap();
    drop(writer);
    running.end().exit(0).stdout("one, two\n");

    let (running, mut writer, _dir) = writer_of("count");
    writer.write_all(&vec![7; LARGE]).unwrap();
    drop(writer);
    running.end().exit(0).stdout(&format!("{LARGE} bytes\n"));

    // A writer that closes without writing.
    let (running, writer, _dir) = writer_of("read");
    drop(writer);
    running.end().exit(0).stdout("\n");
}

/// A writer that has found a reader must not lose it again, or SIGPIPE kills it.
#[test]
fn a_writer_that_was_there_first_is_read() {
    for cores in [1, 2] {
        let (dir, fifo) = files();
        // Usually this is blocked in its open when the app starts.
        let writer = std::thread::spawn(move || fs::write(fifo, "first"));
        app("read", dir.path(), "fifo").cores(cores).run().exit(0).stdout("first\n");
        writer.join().unwrap().unwrap();
    }
}

#[test]
fn a_late_reader_gets_all_that_is_written() {
    let read = |what: &str| {
        let (dir, fifo) = files();
        let mut running = app(what, dir.path(), "fifo").start();
        running.complains("opening");
        let mut bytes = Vec::new();
        File::open(fifo).unwrap().read_to_end(&mut bytes).unwrap();
        running.end().exit(0).stdout("written\n");
        bytes
    };
    assert_eq!(read("write"), vec![b'x'; LARGE]);
    assert_eq!(read("create"), b"made\n");
    assert_eq!(read("append"), b"appended\n");
}

#[test]
fn a_reader_that_closes_is_an_error_of_the_writer() {
    let (dir, fifo) = files();
    let mut running = app("write", dir.path(), "fifo").start();
    running.complains("opening");
    File::open(fifo).unwrap().read_exact(&mut [0; 10]).unwrap();
    // std has no `ErrorKind` for the error of a stream.
    running.end().exit(0).stdout("failed: Uncategorized\n");
}

#[test]
fn a_fifo_opened_for_both_does_not_block() {
    let (dir, _) = files();
    app("both", dir.path(), "fifo").run().exit(0).stdout("echo\n");
}

#[test]
fn no_other_operation_on_a_fifo_blocks() {
    let (dir, _) = files();
    app("around", dir.path(), "fifo").run().exit(0).stdout("as ever\n");
    app("list", dir.path(), "fifo").run().exit(0).stdout("failed: NotADirectory\n");
    app("list", dir.path(), "").run().exit(0).stdout("2\n");
    // std can set times only on open files.
    let touched = App::new("files_touch").dir(dir.path(), "/files").arg("fifo").run();
    touched.exit(0).stdout("done\n");
    let socket = dir.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(socket).unwrap();
    app("read", dir.path(), "socket").run().exit(0).stdout_has("failed: ");
}

/// A run that had to end still wrote all of its output, and waited for its reader.
#[test]
fn limits_and_signals_end_a_run_whose_reader_does_not_read() {
    let limited = App::new("cli_flood").option("--timeout").option("50ms");
    let mut running = limited.start();
    let unread = running.stdout();
    running.end().exit(124);
    drop(unread);

    let mut running = App::new("cli_flood").start();
    let mut unread = running.stdout();
    unread.read_exact(&mut [0]).unwrap();
    signal("-INT", &running);
    running.end().exit(130);
    drop(unread);
}

fn device(what: &str, device: &str) -> Output {
    app(what, Path::new("/dev"), device).option("--timeout").option("500ms").run()
}

#[test]
fn devices_work_and_can_be_abandoned() {
    device("read-some", "zero").exit(0).stdout("[0, 0, 0, 0]\n");
    device("read-some", "null").exit(0).stdout("[]\n");
    device("create", "null").exit(0).stdout("written\n");
    device("create", "full").exit(0).stdout_has("failed: ");
    device("read-some", "urandom").exit(0).stdout_has("[");
    // The master of a pseudo terminal without a slave.
    device("read-some", "ptmx").exit(124).stdout("");
}

/// Files of procfs may block and epoll does not accept them, so they are read on a thread.
#[test]
fn slow_files_are_read_on_threads() {
    let read = app("read", Path::new("/proc"), "version").run();
    read.exit(0).stdout(&format!("{}\n", fs::read_to_string("/proc/version").unwrap()));
    // Across a mount point. Read-only, because the compilation cache lies below it.
    let read =
        App::new("files_fifo").option("--dir=/::/files:ro").arg("read").arg("/files/proc/version").run();
    read.exit(0).stdout(&format!("{}\n", fs::read_to_string("/proc/version").unwrap()));
    app("list", Path::new("/proc"), "self/fdinfo").run().exit(0);
    app("write", Path::new("/proc"), "version").run().exit(0).stdout_has("failed: ");
}
