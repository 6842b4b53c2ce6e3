//! Traces, timelines and statistics: each job appears once and completely, however the run ends, and only the
//! requested reports are made.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tests::App;

use picture::{data, read};

mod picture;

/// Runs an app with a trace, expects this exit code, and returns the trace.
#[track_caller]
fn traced(app: App, code: i32) -> Vec<Value> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("trace.json");
    app.option("--trace").option(&file).run().exit(code);
    read(&file)
}

#[test]
fn every_job_has_one_complete_span() {
    for cores in [1, 2, 8] {
        for (program, args, code) in [
            ("trace_names", &["page 3"][..], 0),
            ("trace_names", &["panic"], 134),
            ("par_fib", &[], 0),
            ("cancel_race", &[], 0),
            ("failure_caught", &[], 0),
            ("par_many_empty", &[], 0),
        ] {
            let app = args.iter().fold(App::new(program).cores(cores), |app, arg| app.arg(*arg));
            picture::check(program, cores, &traced(app, code));
        }
    }
}

#[test]
fn a_job_is_called_after_its_function_or_as_the_program_says() {
    let events = traced(App::new("trace_names").cores(2).arg("page 3").arg("ä \"b\" ☃"), 0);
    let mut lives = HashMap::<&str, usize>::new();
    for event in events.iter().filter(|event| picture::is_life(event)) {
        *lives.entry(event["name"].as_str().unwrap()).or_default() += 1;
    }
    let count = |name: &str| lives.get(name).copied().unwrap_or_default();
    assert_eq!((count("main"), count("trace_names::branch"), count("trace_names::leaf")), (1, 20, 20));
    assert_eq!((count("leaf 0"), count("leaf 19"), count("page 3"), count("ä \"b\" ☃")), (1, 1, 1, 1));
    // A block and a closure, a closure of a chain, and a chain without one.
    let main = "trace_names::main::main";
    assert_eq!((count(&format!("{main}:39")), count(&format!("{main}:40"))), (2, 2));
    assert_eq!(count("tests/programs/src/bin/trace_names.rs:41"), 2);
}

#[test]
fn a_name_is_in_the_text_of_a_failure() {
    App::new("trace_names").arg("panic").run().stderr_has("in job `the last page`, called at").exit(134);
}

#[test]
fn a_middleware_passes_names_on() {
    let events = traced(App::new("trace_names").option("--plug").option(tests::guest("budget")), 0);
    assert!(events.iter().any(|event| picture::is_life(event) && event["name"] == "leaf 7"));
}

#[test]
fn a_run_that_is_stopped_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let (trace, page) = (dir.path().join("trace.json"), dir.path().join("page.html"));
    let app = App::new("stop_main").cores(2).arg("waits");
    let app = app.option("--trace").option(&trace).option("--timeline").option(&page);
    let mut running = app.start();
    running.complains("ready");
    let sent = Command::new("kill").args(["-INT", &running.id().to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()));
    running.end().exit(130);
    let events = read(&trace);
    picture::check("stop_main", 2, &events);
    assert!(events.iter().any(|event| event["name"] == "stopping"), "it was asked to stop");
    assert!(!data(&page)["jobs"].as_array().unwrap().is_empty());
}

#[test]
fn a_run_that_takes_too_long_is_written() {
    let app = App::new("stop_main").cores(2).arg("waits").option("--timeout").option("300ms");
    picture::check("stop_main", 2, &traced(app, 124));
}

#[test]
fn an_unwritable_file_is_reported_before_the_app_runs() {
    let dir = tempfile::tempdir().unwrap();
    for option in ["--trace", "--timeline"] {
        for file in [dir.path().to_owned(), dir.path().join("no/such/file")] {
            let output = App::new("peers_std").stdin("a").option(option).option(&file).run();
            output.exit(74).stdout("").stderr_is_one_line();
            output.stderr_has(&format!("error: cannot write {}: ", file.display()));
        }
    }
    App::new("peers_std").option("--trace").option("-").run().exit(2).stderr_has("stdout belongs to the app");
}

#[test]
fn a_full_disk_is_reported_after_the_run() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let output = App::new("trace_names").option("--trace").option("/dev/full").run();
    output.exit(74).stdout("380 0\n").stderr_has("error: cannot write /dev/full: No space left");
    // The app's own failure takes precedence over a report that was not written.
    let output = App::new("trace_names").option("--trace").option("/dev/full").arg("panic").run();
    output.exit(134).stderr_has("error: cannot write /dev/full");
}

#[test]
fn an_app_that_is_none_leaves_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("trace.json");
    App::file("no/such/app.wasm").option("--trace").option(&file).run().exit(66);
    assert!(!file.exists());
}

#[test]
fn a_page_needs_nothing_but_itself_and_has_all_jobs() {
    let dir = tempfile::tempdir().unwrap();
    let (trace, page) = (dir.path().join("trace.json"), dir.path().join("page.html"));
    let evil = "</script><script>alert(1)</script>\n'\"<!--";
    let app = App::new("trace_names").cores(2).arg(evil).option("--trace").option(&trace);
    app.option("--timeline").option(&page).option("--stats").run().exit(0).stderr_has("returned");
    let text = std::fs::read_to_string(&page).unwrap();
    assert!(text.starts_with("<!DOCTYPE html>") && text.ends_with("</html>\n"));
    assert!(!text.contains("://") && !text.contains("src=") && !text.contains("@import"));
    for tag in ["script", "style", "main", "table", "header"] {
        let opened = text.matches(&format!("<{tag}>")).count() + text.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, text.matches(&format!("</{tag}>")).count(), "{tag}");
    }
    let data = data(&page);
    // Control characters have been escaped before.
    let evil = evil.replace('\n', "\\n");
    assert!(data["names"].as_array().unwrap().iter().any(|name| *name == evil));
    let lives = read(&trace).iter().filter(|event| picture::is_life(event)).count();
    assert_eq!(data["jobs"].as_array().unwrap().len(), lives);
    assert_eq!(
        (&data["cores"], &data["app"], &data["note"]),
        (&2.into(), &"trace_names.wasm".into(), &Value::Null)
    );
}

/// Checks what the script of the page draws, run without a browser.
#[test]
fn the_script_of_a_page_runs() {
    let node = Command::new("node").arg("--version").output();
    if !node.is_ok_and(|node| node.status.success()) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let page = dir.path().join("page.html");
    App::new("par_many_empty").cores(2).option("--timeline").option(&page).run().exit(0);
    let drawn =
        Command::new("node").arg(tests::root().join("tests/it/trace/draw.mjs")).arg(&page).output().unwrap();
    let (text, errors) = (String::from_utf8(drawn.stdout).unwrap(), String::from_utf8_lossy(&drawn.stderr));
    assert!(drawn.status.success(), "{text}{errors}");
    assert!(text.contains("10,001 jobs with main, on 2 cores"), "{text}");
    let bars =
        text.lines().find_map(|line| line.strip_prefix("rectangles ")).unwrap().parse::<u32>().unwrap();
    assert!(
        (100..20_000).contains(&bars),
        "10,000 jobs are drawn as no more than the pixels there are: {bars}"
    );
    assert!(text.contains("picked main") && text.contains("job 0: returned"), "{text}");
}
