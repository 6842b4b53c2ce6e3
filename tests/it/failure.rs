//! Panics, traps and exits: in a job they become a value, in main they end the run.

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
fn a_panic_can_be_caught() {
    let mut expected = String::new();
    for n in 0..3 {
        expected += &format!("panicked at tests/programs/src/bin/failure_caught.rs:7:5: no luck with {n}\n");
        expected += &format!("no luck with {n} at line 7\n");
    }
    for cores in [1, 2] {
        let output = App::new("failure_caught").cores(cores).run();
        // A failure is printed only if its parent does so.
        output.stdout(&(expected.clone() + "true\ntrue\n")).stderr("").exit(0);
    }
}

#[test]
fn a_panic_that_is_not_caught_ends_the_app() {
    for cores in [1, 2, 8] {
        App::new("failure_uncaught")
            .cores(cores)
            .run()
            .stdout("before\n")
            .stderr_has("job `failure_uncaught::deep::unlucky` panicked")
            .stderr_has("tests/programs/src/bin/failure_uncaught.rs:7:9: no luck with this")
            .exit(134);
    }
}

#[test]
fn each_job_on_the_way_up_says_its_name() {
    let output = App::new("failure_nested").cores(2).run();
    output.exit(0).stderr("");
    let text = output.text();
    let parts = [
        "panicked at tests/programs/src/bin/failure_nested.rs:6:5: the cause\n",
        "  in job `failure_nested::inner`, called at tests/programs/src/bin/failure_nested.rs:11:13\n",
        "  in job `failure_nested::middle`, called at tests/programs/src/bin/failure_nested.rs:16:14\n",
    ];
    let places: Vec<_> =
        parts.iter().map(|part| text.find(part).unwrap_or_else(|| panic!("{text}"))).collect();
    assert!(places.is_sorted(), "{text}");
}

#[test]
fn a_trap_is_one_jobs_failure() {
    let expected = "\
        abort: UnreachableExecuted\n\
        small frames: StackOverflow\n\
        large frames: MemoryOutOfBounds\n\
        wild load: MemoryOutOfBounds\n\
        wild call: BadIndirectCall\n\
        wrong call: BadIndirectCall\n\
        divide: attempt to divide by zero\n\
        700\n";
    check("failure_traps", expected);
}

#[test]
fn the_exit_of_a_job_is_its_failure() {
    for cores in [1, 2] {
        App::new("failure_exited")
            .cores(cores)
            .run()
            .stdout("Err(Exited(0))\nErr(Exited(7))\nErr(Exited(255))\nErr(Exited(1))\ntrue\n")
            .stderr_has("job `failure_exited::exit` exited with code 9")
            .exit(134);
    }
}

/// On this target, `exit(3)` of std has exit code 1.
#[test]
fn main_says_the_exit_code() {
    let ends = [
        ("ok", 0, ""),
        ("failure", 1, ""),
        ("err", 1, "main's reason"),
        ("exit", 1, ""),
        ("0", 0, ""),
        ("7", 7, ""),
        ("255", 255, ""),
    ];
    for (end, code, says) in ends {
        for cores in [1, 2] {
            let output = App::new("failure_exit_code").cores(cores).arg(end).run();
            output.stdout("flushed ").stderr_has(says).exit(code);
        }
    }
    for (end, says) in [("panic", "main's words"), ("abort", "unreachable")] {
        App::new("failure_exit_code").cores(2).arg(end).run().stderr_has(says).exit(134);
    }
}

#[test]
fn siblings_and_later_jobs_are_unharmed() {
    check("failure_siblings", "thirty rounds\n");
}

#[test]
fn the_first_failure_stops_the_others() {
    check("failure_try_join", "ten times\n");
}

#[test]
fn the_jobs_of_a_failed_job_end_with_it() {
    check("failure_parent", "nine times\n");
}
