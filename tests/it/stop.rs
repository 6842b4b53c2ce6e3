//! Graceful stop: dropped jobs, and runs that are stopped from outside, end innermost first.

use std::process::Command;

use tests::{App, Output, Running};

#[test]
fn destructors_run_from_the_inside_out() {
    for cores in [1, 2, 8] {
        let begun = tempfile::tempdir().unwrap();
        let output = App::new("stop_destructors").cores(cores).dir(begun.path(), "/begun").run();
        output.exit(0).stdout(
            "inner is gone\n\
             outer is gone\n\
             outer was stopped\n\
             parent of a hog is gone\n\
             parent of a hog was stopped\n\
             parent of a late one is gone\n\
             parent of a late one was stopped\n\
             one that never began was stopped\n",
        );
    }
}

#[test]
fn without_grace_no_job_is_asked() {
    let begun = tempfile::tempdir().unwrap();
    let app = App::new("stop_destructors").cores(2).dir(begun.path(), "/begun");
    let output = app.option("--grace").option("0s").run();
    output.exit(0).stdout_has("outer was stopped\n");
    assert!(!output.text().contains("is gone"), "{}", output.text());
}

/// Starts `stop_main what`, and sends it this signal this many times, once it is ready.
#[track_caller]
fn signalled(what: &str, options: &[&str], signals: &[&str]) -> Output {
    let app = App::new("stop_main").cores(2).arg(what);
    let mut running = options.iter().fold(app, |app, option| app.option(*option)).start();
    running.complains("ready");
    for signal in signals {
        send(signal, &running);
    }
    running.end()
}

#[track_caller]
fn send(signal: &str, running: &Running) {
    let sent = Command::new("kill").args([signal, &running.id().to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "{signal}");
}

#[test]
fn a_signal_stops_the_tree_from_the_inside_out() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        signalled("waits", &[], &[signal]).stdout("job is gone\nmain is gone\n").exit(code);
    }
}

/// The call of `wait` cannot return, so what `main` has on its stack stays there.
#[test]
fn a_signal_stops_main_where_it_blocks() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        signalled("blocks", &[], &[signal]).stdout("job is gone\n").exit(code);
    }
}

#[test]
fn a_signal_stops_main_where_it_computes() {
    signalled("computes", &[], &["-INT"]).stdout("").exit(130);
}

#[test]
fn a_job_that_ignores_a_stop_is_killed_after_the_grace_time() {
    signalled("stays", &["--grace", "50ms"], &["-INT"]).stdout("").exit(130);
}

#[test]
fn the_second_signal_ends_the_process() {
    signalled("stays", &["--grace", "1h"], &["-INT", "-TERM"]).exit(143);
}
