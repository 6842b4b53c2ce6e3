//! Jobs without this runtime: on another one, or on none.

use tempfile::tempdir;
use tests::App;

#[track_caller]
fn check(program: &str, expected: &str) {
    for cores in [1, 2, 8] {
        App::new(program).cores(cores).run().stdout(expected).exit(0);
    }
}

#[test]
fn a_program_without_a_runtime_blocks() {
    check("outside_wait", "9 285\n328350\n2470\n[1] false None\n");
}

#[test]
fn a_pollable_stays_ready_after_its_completion_was_taken() {
    check("outside_collected", "219900\n");
}

#[test]
fn a_job_that_is_started_and_dropped_is_stopped() {
    check("outside_dropped", &(0..20).map(|n| format!("{n}\n")).collect::<String>());
}

#[test]
fn the_pollable_of_one_job_by_the_contract() {
    check("outside_contract", "none: true\nfound 1000, stayed ready 1000, cancelled 1000\nall 100\n");
}

#[test]
fn a_failure_is_a_value_or_a_panic_at_the_wait() {
    let lines =
        "failed on purpose\nParallelFuture { entry: \"outside_failure::take\", state: \"started\" }\ntrue\n";
    App::new("outside_failure")
        .run()
        .stdout(lines)
        .stderr_has("outside_failure.rs:35:38")
        .stderr_has("job `outside_failure::fail` panicked at tests/programs/src/bin/outside_failure.rs:8:5")
        .stderr_has("failed on demand")
        .exit(134);
}

#[test]
fn waiting_in_the_wrong_way_is_an_error() {
    let outside = "was awaited outside of `guest_runtime::block_on`, where nothing would wake its future";
    for (how, says) in
        [("await", outside), ("await, started", outside), ("twice", "polled after it was ready")]
    {
        let output = App::new("outside_wrong").arg(how).run();
        output.stdout("").stderr_has(says).stderr_has("outside_wrong").exit(134);
    }
}

#[test]
fn wstd() {
    let expected = "(\"/a\", \"/b\")\ntimer 0\ntimer 1\ntimer 2\n(\"/c\", ())\ntrue\n328350\n";
    for cores in [2, 8] {
        let dir = tempdir().unwrap();
        App::new("outside_wstd").cores(cores).dir(dir.path(), "/").run().stdout(expected).exit(0);
    }
}

#[test]
fn tokio() {
    check("outside_tokio", "timer 0\ntimer 1\ntimer 2\nSome(9592)\n");
}
