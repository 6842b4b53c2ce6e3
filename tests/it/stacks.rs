//! The stack that an error shows: that of the job which failed, however deep, and in a plug too.

use tests::{App, Output, guest};

fn fail(what: &str, depth: u32, cores: usize, backtrace: &str) -> Output {
    let app = App::new("compose_faults").cores(cores).option("--plug").option(guest("faults"));
    let app = app.under(["env", &format!("HOST_BACKTRACE={backtrace}")]);
    app.arg(format!("uncaught {what}")).arg(depth.to_string()).run()
}

/// Returns the frames on stderr, without "at".
fn frames(stderr: &str) -> Vec<&str> {
    stderr.lines().filter_map(|line| line.strip_prefix("  at ")).collect()
}

/// Only main's own `unreachable` was shown, and that only with HOST_BACKTRACE=1.
#[test]
fn the_frames_are_those_of_the_job_that_failed() {
    for (depth, cores) in [(0, 1), (0, 8), (1, 2), (2, 1), (2, 8)] {
        for (what, name) in [("trap", "trapping_call"), ("overflow", "descend")] {
            let output = fail(what, depth, cores, "0");
            output.exit(134).stderr_has("(HOST_BACKTRACE=1 shows more)");
            let frames = frames(&output.stderr);
            assert!(frames.len() <= 5, "{}", output.stderr);
            assert!(frames[0].starts_with("faults.wasm!") && frames[0].contains(name), "{}", output.stderr);
            // The plug has debug information, so places are known.
            let has_place =
                |frame: &&str| frame.contains("tests/plugs/faults/lib.rs:") && frame.ends_with(')');
            assert!(frames.iter().any(has_place), "{}", output.stderr);
        }
    }
}

/// The panic of a job, and one of main, which has nothing to do with a job.
#[test]
fn the_frames_of_a_panic_are_those_of_the_code_that_panics() {
    for (depth, cores) in [(0, 1), (1, 1), (1, 8), (3, 2)] {
        let output = App::new("failure_frames").cores(cores).arg(depth.to_string()).run();
        output.exit(134).stderr_has("no luck with 7").stderr_has("(HOST_BACKTRACE=1 shows more)");
        let frames = frames(&output.stderr);
        assert!(frames.first() == Some(&"failure_frames::unlucky"), "{}", output.stderr);
    }
}

#[test]
fn a_stack_can_be_had_whole() {
    let output = fail("trap", 2, 2, "1");
    output.exit(134).stderr_has("job `compose_faults::nested` trapped");
    let (job, main) = ("wasm backtrace of the job:", "error while executing at wasm backtrace:");
    let after = |text: &str| output.stderr.find(text).unwrap_or_else(|| panic!("{text}: {}", output.stderr));
    assert!(after(job) < after("faults.wasm!faults::trapping_call") && after("trapping_call") < after(main));
    assert!(frames(&output.stderr).is_empty());
}
