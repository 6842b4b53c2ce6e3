//! Jobs of commands for WASI 0.3: async functions that run in other instances.

use std::process::Command;

use serde_json::Value;
use tempfile::tempdir;
use tests::{App, Running, guest, host};

const CORES: [usize; 3] = [1, 2, 8];

fn app(what: &str, cores: usize) -> App {
    App::new("jobs03").cores(cores).arg(what)
}

#[test]
fn values_are_the_same_on_any_number_of_cores() {
    for cores in CORES {
        app("primes", cores).arg("50").run().exit(0).stdout("18301\n");
        app("tree", cores).arg("7").run().exit(0).stdout("128\n");
    }
}

/// Jobs that sleep for 100 ms each take far less than their sum, whatever the number of cores.
#[test]
fn jobs_wait_at_the_same_time() {
    for cores in CORES {
        app("naps", cores).arg("50").run().exit(0).stdout("at the same time\n");
    }
}

#[test]
fn a_failure_is_a_value() {
    for cores in CORES {
        let output = app("outcomes", cores).run();
        output.exit(0).stderr_has("in a job, on purpose").stdout(
            "fails: Err(Failure::BadMessage(\"message\"))\n\
             panics: trapped: TrapCode::UnreachableExecuted\n\
             no entry: Err(Failure::BadMessage(\"there is no entry 77\"))\n\
             times out: Err(Failure::TimedOut(10000000))\n\
             times out, computing: Err(Failure::TimedOut(10000000))\n\
             out of memory: out of memory: 8388608\n\
             fresh: Ok([0, 0, 0, 0, 0, 0, 0, 0])\n\
             Ok(42)\n",
        );
    }
}

#[test]
fn a_call_that_is_dropped_stops_its_job() {
    for cores in CORES {
        app("cancel", cores).run().exit(0).stdout("Ok(42)\n").stderr_has("waits\n");
        app("race", cores).arg("20").run().exit(0).stdout("Ok(8)\n");
    }
}

#[test]
fn jobs_end_with_main() {
    for cores in CORES {
        app("left", cores).run().exit(0).stdout("main ends\n");
    }
}

/// An instance in which something goes on after the job runs no other.
#[test]
fn what_a_job_spawned_ends_with_it() {
    for cores in CORES {
        let output = app("spawned", cores).run();
        output.exit(0).stdout("Ok([0])\nOk([1])\nOk([2])\n");
        assert!(!output.stderr.contains("after the job"), "{}", output.stderr);
    }
}

/// Calls wait when there are as many jobs as there may be, and when there is no memory for more messages.
#[test]
fn calls_wait_for_room() {
    for cores in CORES {
        app("primes", cores).arg("50").option("--max-jobs").option("2").run().exit(0).stdout("18301\n");
        app("tree", cores).arg("5").option("--max-jobs").option("1").run().exit(0).stdout("32\n");
        let large = app("large", cores).arg("40").option("--max-queued").option("2MiB").run();
        large.exit(0).stdout("40 of 40\n");
    }
}

/// An instance for jobs takes a few megabytes, and one has at most a thousand calls at a time.
#[test]
fn many_jobs_wait_and_one_has_many() {
    app("naps", 2).arg("300").option("--memory").option("2GiB").run().exit(0);
    app("wide", 2).arg("500").run().exit(0).stdout("Ok(500)\n");
    app("wide", 2).arg("2000").run().exit(0).stdout_has("cannot allocate another handle");
}

#[test]
fn messages_that_wait_count_towards_memory() {
    for cores in CORES {
        let app = app("waiting", cores).arg("400").option("--max-jobs").option("1");
        app.option("--memory").option("300MiB").run().exit(0).stdout("some are denied memory\n");
    }
}

#[test]
fn a_signal_stops_jobs_too() {
    for cores in CORES {
        let mut running = app("computes", cores).start();
        running.complains("computes");
        let sent = Command::new("kill").args(["-INT", &running.id().to_string()]).status();
        assert!(sent.unwrap().success());
        running.end().exit(130);
    }
}

#[test]
fn inspect_describes_it() {
    let mut command = host();
    command.args(["inspect", "--json"]).arg(guest("jobs03"));
    let output = Running::start(command).end();
    output.exit(0);
    let told: Value = serde_json::from_str(&output.text()).unwrap();
    assert_eq!(
        (told["runs"].as_bool(), told["worker"].as_str()),
        (Some(true), Some("parallel:futures/worker@0.3.0-draft"))
    );
}

/// An instance runs one job after another.
#[test]
fn statistics_count_jobs_and_instances() {
    for cores in CORES {
        let output = app("primes", cores).arg("200").option("--stats").run();
        output.exit(0).stderr_has("jobs       201\n           201 returned\n");
        let made =
            output.stderr.lines().find_map(|line| line.strip_prefix("instances")?.trim().split(' ').next());
        let made = made.and_then(|made| made.parse::<usize>().ok()).unwrap();
        // A core that begins a job while another one pauses has an instance for each.
        assert!(made <= 50, "{cores} cores, and {made} instances");
    }
}

#[test]
fn a_timeline_shows_jobs() {
    let directory = tempdir().unwrap();
    let (page, trace) = (directory.path().join("page.html"), directory.path().join("trace.json"));
    let app = app("tree", 2).arg("3").option("--timeline").option(&page).option("--trace").option(&trace);
    app.run().exit(0).stdout("8\n");
    let trace: Value = serde_json::from_slice(&std::fs::read(&trace).unwrap()).unwrap();
    let jobs = trace["traceEvents"].as_array().unwrap().iter().filter(|event| event["name"] == "entry 6");
    assert!(jobs.count() >= 14, "2 + 4 + 8 jobs");
    assert!(std::fs::read_to_string(&page).unwrap().contains("entry 6"));
}
