//! Limits: a job that exceeds one fails and names the limit; other jobs are not affected.

use tests::App;

use crate::plug::alone_and_composed;

const CORES: [usize; 3] = [1, 2, 8];

/// Runs one case of `limit_each` with these options of the host.
#[track_caller]
fn fails(what: &str, options: &[&str], failure: &str) {
    for (cores, app) in
        CORES.into_iter().flat_map(|cores| alone_and_composed("limit_each").map(|app| (cores, app)))
    {
        let app = app.cores(cores).arg(what);
        let output = options.iter().fold(app, |app, option| app.option(*option)).run();
        output.exit(0);
        let text = output.text();
        let (first, rest) = text.split_once('\n').unwrap_or_default();
        assert!(first.starts_with(failure), "{what} on {cores} cores: {text}");
        assert_eq!(rest, "42 43\n", "{what} on {cores} cores");
    }
}

#[test]
fn memory_of_a_job() {
    fails("memory", &["--job-memory", "32MiB"], "ran out of memory: ");
    fails("memory of one", &[], "ran out of memory: ");
}

#[test]
fn the_text_names_the_limit() {
    let output = App::new("limit_each").option("--job-memory").option("32MiB").arg("memory").run();
    output.stdout_has("the limit is 33554432 (--job-memory)\n");
    let app = App::new("limit_each").option("--job-timeout").option("50ms").arg("waiting");
    app.run().stdout_has("took longer than the 50ms it was given (.timeout() or --job-timeout)\n");
}

#[test]
fn each_limit_of_memory_says_what_sets_it() {
    let app = || App::new("limit_each");
    app().arg("memory of one").run().stdout_has("the limit is 33554432 (.memory())\n");
    let output = app().option("--memory").option("100MiB").arg("memory of all").run();
    output.stdout_has("the limit is 104857600 (--memory)\n");
}

#[test]
fn memory_of_main() {
    let app = |memory: &str| App::new("par_large").option("--memory").option(memory).run();
    for memory in ["16MiB", "64KiB"] {
        let output = app(memory);
        output.exit(134).stderr_has("par_large.wasm ran out of memory: it wanted ");
        output.stderr_has(" (--memory)\n");
    }
}

#[test]
fn memory_of_all_jobs() {
    fails("memory of all", &["--memory", "100MiB"], "ran out of memory: ");
}

#[test]
fn time_of_a_job_wherever_it_is() {
    let options = ["--job-timeout", "50ms", "--grace", "20ms"];
    for what in ["computing", "computing after a wait", "waiting", "waiting deaf"] {
        fails(what, &options, "took longer than the 50ms it was given");
    }
    fails("time of one", &[], "took longer than the 20ms it was given");
}

#[test]
fn calls_of_the_host() {
    let failure = "called the host more often than 1000 times (--job-calls)";
    fails("calls", &["--job-calls", "1000"], failure);
    // Computing makes no calls of the host, and neither do ticks.
    let options = ["--job-calls", "100", "--job-timeout", "500ms"];
    fails("computing", &options, "took longer than the 500ms it was given");
}

#[test]
fn the_size_of_messages_and_results() {
    let failure = "has too large a message: 2097152 bytes, the limit is 1048576 (--max-message)";
    fails("message", &["--max-message", "1MiB"], failure);
    fails("result", &["--max-message", "1MiB"], failure);
}

#[test]
fn the_depth_of_nesting() {
    fails("depth", &["--max-depth", "5"], "was not started: jobs may be nested 5 deep (--max-depth)");
}

#[test]
fn more_jobs_than_may_be_under_way_begin_later() {
    for cores in CORES {
        for jobs in ["1", "3", "100"] {
            let app = App::new("limit_jobs").cores(cores).option("--max-jobs").option(jobs);
            app.run().stdout("999000\n2280\n0\n2\n10\n").exit(0);
        }
        let app = App::new("limit_jobs").cores(cores).option("--max-queued").option("8");
        app.run().stdout("999000\n2280\n0\n2\n10\n").exit(0);
    }
}

#[test]
fn time_of_the_run() {
    for what in ["waits", "computes", "stays"] {
        let app = App::new("stop_main").cores(2).option("--timeout").option("200ms").arg(what);
        let output = app.run();
        output.exit(124).stderr_has("stop_main.wasm took longer than 200ms (--timeout)\n");
    }
}

/// Jobs that are started without a waker cannot be woken; they must not keep others from the free room.
#[test]
fn jobs_that_are_started_by_hand_begin_later_too() {
    let all = App::new("outside_wait").cores(2).run().text();
    for jobs in ["1", "3"] {
        App::new("outside_wait").cores(2).option("--max-jobs").option(jobs).run().stdout(&all).exit(0);
    }
}

/// With fewer slots than jobs that wait for each other, or none at all.
#[test]
fn nesting_never_runs_out_of_slots() {
    for cores in CORES {
        for slots in ["0", "1", "2", "64"] {
            App::new("par_fib").cores(cores).option("--slots").option(slots).run().stdout("89\n").exit(0);
        }
    }
}

#[test]
fn invalid_sizes_and_times_are_reported() {
    for (option, value, told) in [
        ("--job-memory", "much", "such as 512MiB or 4GiB"),
        ("--grace", "soon", "such as 10s or 500ms"),
        ("--placement", "there", "[possible values: steal, sharded, global]"),
        ("--slots", "18446744073709551615", "a host has at most 100000"),
        ("--grace", "1000000 years", "it is at most 36500 days"),
        ("--max-depth", "5000", "jobs are nested at most 1000 deep"),
        ("--max-message", "3GiB", "one has at most 2147483648 bytes"),
    ] {
        let output = App::new("par_fib").option(option).option(value).run();
        output.exit(2).stderr_has(told);
    }
}
