//! Ignored signals: `nohup host run server.wasm &` used to end when its terminal was closed, because the host
//! watched SIGHUP and so undid the effect of nohup. Signals that were ignored at startup must stay ignored.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Command;

use tests::{App, Running};

/// The watched signals and their numbers.
const SIGNALS: [(&str, u32); 3] = [("HUP", 1), ("INT", 2), ("TERM", 15)];

/// Returns whether a signal is in this set of `/proc/ID/status`.
fn has(set: &str, signal: u32, running: &Running) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", running.id())).unwrap();
    let set = status.lines().find_map(|line| line.strip_prefix(set)).unwrap();
    u64::from_str_radix(set.trim(), 16).unwrap() >> (signal - 1) & 1 == 1
}

/// Runs `cat` under this command, and sends it these signals while it copies. It must continue.
#[track_caller]
fn goes_on(wrapper: [&str; 4], ignored: &[&str]) {
    let mut running = App::new("cli_cat").under(wrapper).start();
    let (mut stdin, mut stdout) = (running.stdin(), BufReader::new(running.stdout()));
    let mut echo = |text: &str| {
        let mut line = String::new();
        stdin.write_all(text.as_bytes()).unwrap();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, text);
    };
    echo("runs\n");
    for (name, number) in SIGNALS {
        let is_ignored = ignored.contains(&name);
        assert_eq!(has("SigIgn:", number, &running), is_ignored, "SIG{name}");
        assert_eq!(has("SigCgt:", number, &running), !is_ignored, "SIG{name}");
        if is_ignored {
            let sent = Command::new("kill").args([&format!("-{name}"), &running.id().to_string()]).status();
            assert!(sent.is_ok_and(|status| status.success()));
        }
    }
    echo("still runs\n");
    drop(stdin);
    running.end().exit(0);
}

#[test]
fn a_signal_that_was_ignored_at_the_start_stays_ignored() {
    goes_on(["nohup", "env", "A=1", "B=2"], &["HUP"]);
    goes_on(["sh", "-c", "trap '' INT; exec \"$@\"", "sh"], &["INT"]);
    goes_on(["sh", "-c", "trap '' TERM; exec \"$@\"", "sh"], &["TERM"]);
    goes_on(["sh", "-c", "trap '' HUP INT TERM; exec \"$@\"", "sh"], &["HUP", "INT", "TERM"]);
    goes_on(["sh", "-c", "exec \"$@\"", "sh"], &[]);
}

/// The kernel ends a process that writes beyond `ulimit -f`, which would end all jobs of the app.
#[test]
fn a_file_that_grows_too_large_is_an_error_of_the_write() {
    let dir = tempfile::tempdir().unwrap();
    let app = App::new("surroundings_large_file").dir(dir.path(), "/d");
    // Enough for the files of the cache.
    let output = app.under(["prlimit", "--fsize=33554432"]).arg("/d/file").arg("64").run();
    output.exit(0).stdout_has("written 33554432\n").stdout_has("os error").stdout_has("still there\n");
}

/// The initial memory of an app is a file to the kernel, and main used to be "trapped: File too large".
#[test]
fn an_app_runs_where_no_file_may_be_written() {
    let app = App::new("peers_std").stdin("a b a").option("--no-cache").under(["prlimit", "--fsize=0"]);
    app.run().exit(0).stdout("[(\"a\", 2), (\"b\", 1)]\n").stderr("done\n");
}
