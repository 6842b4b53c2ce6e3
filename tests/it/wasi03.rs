//! Commands for WASI 0.3: the same grants, limits, output and signals as for WASI 0.2.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::thread::spawn;

use serde_json::Value;
use tempfile::tempdir;
use tests::{App, Output, Running, guest, host};

fn app(what: &str) -> App {
    App::new("wasi03").arg(what)
}

#[test]
fn it_prints_and_exits() {
    app("hello").run().exit(0).stdout("hello from 0.3\n").stderr("");
    app("std").run().exit(0).stdout("the std of 0.2, and 5 random bytes\n");
    app("fails").run().exit(1).stdout("");
    app("exits").run().exit(7);
    app("panics").run().exit(134).stderr_has("on purpose").stderr_has("trapped: wasm `unreachable`");
}

#[test]
fn arguments_and_environment_are_those_of_the_run() {
    let output = app("arguments").arg("two").env("NAME", "value").run();
    output.stdout("[\"wasi03.wasm\", \"arguments\", \"two\"] [(\"NAME\", \"value\")]\n");
}

#[test]
fn all_of_a_large_output_is_written() {
    let output = app("large").run();
    output.exit(0);
    assert_eq!(output.text().len(), 3_000_001);
}

#[test]
fn stdin_is_copied() {
    let text = "line of text\n".repeat(100_000);
    app("copy").stdin(text.clone()).run().exit(0).stdout(&text);
}

#[test]
fn functions_run_at_the_same_time() {
    app("sleeps").run().exit(0).stdout("at the same time\n");
}

/// As in wasmtime, and as with threads and tasks elsewhere.
#[test]
fn what_main_spawned_ends_with_it() {
    app("spawned").run().exit(0).stdout("main\n");
}

#[test]
fn directories_are_granted() {
    app("files").run().exit(0).stdout("no directory\n");
    let directory = tempdir().unwrap();
    let output = app("files").dir(directory.path(), "/").run();
    output.exit(0).stdout("\"written by 0.3\" [\"file\"]\n");
    assert_eq!(fs::read(directory.path().join("file")).unwrap(), b"written by 0.3");
}

#[test]
fn sockets_are_granted() {
    app("socket").run().exit(0).stdout("Some(ErrorCode::AccessDenied)\n");
    app("socket").network().run().exit(0).stdout("None\n");
}

/// Answers one request with this status.
fn server(status: u16) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let authority = listener.local_addr().unwrap().to_string();
    spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        _ = client.read(&mut [0; 4096]).unwrap();
        write!(client, "HTTP/1.1 {status} Fine\r\ncontent-length: 0\r\n\r\n").unwrap();
    });
    authority
}

#[test]
fn requests_are_granted() {
    app("request").arg(server(204)).option("-S").option("http").run().exit(0).stdout("status 204\n");
    let output = app("request").arg("127.0.0.1:9").run();
    output.exit(0).stdout("ErrorCode::HttpRequestDenied\n");
}

#[test]
fn a_limit_of_time_ends_it_wherever_it_is() {
    for what in ["computes", "waits"] {
        app(what)
            .option("--timeout")
            .option("100ms")
            .run()
            .exit(124)
            .stderr_has("took longer than 100ms (--timeout)");
    }
}

#[test]
fn a_signal_ends_it_wherever_it_is() {
    for what in ["computes", "waits"] {
        let mut running = app(what).start();
        running.complains("ready");
        let sent = Command::new("kill").args(["-INT", &running.id().to_string()]).status();
        assert!(sent.unwrap().success());
        running.end().exit(130);
    }
}

fn with_little_memory(what: &str) -> Output {
    app(what).option("--memory").option("64MiB").run()
}

#[test]
fn memory_has_a_limit() {
    with_little_memory("hoards memory").exit(134).stderr_has("ran out of memory").stderr_has("(--memory)");
    // Handles of streams and timers have a number that the memory of the run pays for.
    for what in ["hoards streams", "hoards timers"] {
        with_little_memory(what).exit(1).stderr_has("cannot allocate another handle");
    }
}

/// Main is a job of one instance, whose pauses are seen.
#[test]
fn it_is_counted_and_drawn() {
    let directory = tempdir().unwrap();
    let (page, trace) = (directory.path().join("page.html"), directory.path().join("trace.json"));
    let output = app("sleeps")
        .option("--stats")
        .option("--timeline")
        .option(&page)
        .option("--trace")
        .option(&trace)
        .run();
    output
        .exit(0)
        .stderr_has("jobs       1\n           1 returned\n")
        .stderr_has("instances  1 made, 0 left\n");
    let trace: Value = serde_json::from_slice(&fs::read(&trace).unwrap()).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    assert!(events.iter().any(|event| event["name"] == "main"), "{events:?}");
    assert!(fs::read_to_string(&page).unwrap().contains("main"));
}

#[test]
fn a_closed_stdout_ends_it() {
    let mut running = app("large").start();
    let mut stdout = running.stdout();
    stdout.read_exact(&mut [0; 10]).unwrap();
    drop(stdout);
    running.end().exit(141);
}

#[test]
fn inspect_describes_it() {
    let mut command = host();
    command.args(["inspect", "--json"]).arg(guest("wasi03"));
    let output = Running::start(command).end();
    output.exit(0);
    let told: Value = serde_json::from_str(&output.text()).unwrap();
    assert_eq!((told["runs"].as_bool(), told["kind"].as_str()), (Some(true), Some("command")));
    assert!(told["main"].as_str().unwrap().starts_with("wasi:cli/run@0.3."));
}
