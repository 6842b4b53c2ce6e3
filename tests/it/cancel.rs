//! Dropped jobs are stopped, wherever they run, together with all jobs that they started.
//!
//! Each program then runs jobs that need the cores, or ends. A job that was not stopped would prevent that,
//! and the test would time out.

use tempfile::tempdir;
use tests::App;

use crate::plug::alone_and_composed;

#[track_caller]
fn check(program: &str, expected: &str) {
    for cores in [1, 2, 8] {
        for app in alone_and_composed(program) {
            app.cores(cores).run().stdout(expected).exit(0);
        }
    }
}

#[test]
fn a_computing_job() {
    check("cancel_computing", &(0..20).map(|n| format!("{n}\n")).collect::<String>());
}

#[test]
fn waiting_jobs() {
    check("cancel_waiting", "one\nmany\na canary\n");
}

#[test]
fn a_tree_of_jobs() {
    for cores in [1, 2, 8] {
        let dir = tempdir().unwrap();
        App::new("cancel_tree").cores(cores).dir(dir.path(), "/").run().stdout("five trees\n").exit(0);
    }
}

#[test]
fn the_losers_of_a_race() {
    check("cancel_race", "0\n50\n99\na canary\n");
}

#[test]
fn jobs_that_are_late() {
    check("cancel_timeout", "true\nSome(1)\n(true, Some(2))\n3\n");
}

#[test]
fn a_thousand_at_any_stage() {
    check("cancel_storm", "1000\n");
}

#[test]
fn a_job_that_was_not_started() {
    let dir = tempdir().unwrap();
    App::new("cancel_not_started").cores(1).dir(dir.path(), "/").run().stdout("[\"3\"]\n").exit(0);
}

/// The end of main is the end of the run, whatever its jobs do.
#[test]
fn all_when_main_ends() {
    for cores in [1, 2, 8] {
        for (end, code) in [("return", 0), ("exit", 5), ("panic", 134)] {
            App::new("cancel_main_ends").cores(cores).arg(end).run().stdout("main ends\n").exit(code);
        }
    }
}
