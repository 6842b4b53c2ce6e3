//! Little address space: with `ulimit -v`, in a small container, or on a machine with few address bits, the
//! pool of instances does not fit. The host used to have instances for 4 of 2,000 sleeping jobs, and the
//! others failed; with less than 4 GiB, not even main had one.

use tests::{App, Output};

/// Runs an app with this many MiB of address space.
fn with(mebibytes: u64, app: App) -> Output {
    app.under(["prlimit", &format!("--as={}", mebibytes << 20)]).run()
}

#[test]
fn jobs_wait_for_an_instance_where_there_are_few() {
    for (mebibytes, cores) in
        [(24 << 10, 1), (24 << 10, 2), (24 << 10, 8), (3 << 10, 1), (3 << 10, 8), (512, 2)]
    {
        // With fewer instances, the same work takes longer.
        let jobs = if mebibytes > 1 << 10 { "2000" } else { "100" };
        let app = App::new("surroundings_naps").cores(cores).arg(jobs).arg("100");
        with(mebibytes, app).exit(0).stdout(&format!("{jobs} of {jobs}\n"));
    }
}

/// `ulimit -d` counts only what can be written to. The host used to find out when it was too late, and aborted.
#[test]
fn the_same_holds_for_a_limit_of_data() {
    let under = |mebibytes: u64, jobs| {
        let app = App::new("surroundings_naps").cores(2).arg(jobs).arg("100");
        app.under(["prlimit", &format!("--data={}", mebibytes << 20)]).run()
    };
    under(1 << 10, "2000").exit(0).stdout("2000 of 2000\n");
    under(512, "100").exit(0).stdout("100 of 100\n");
    // So little that there is not even a thread to print the error.
    for mebibytes in [20, 60] {
        under(mebibytes, "1").exit(71).stdout("").stderr_has("error: cannot ").stderr_has("-d");
    }
}

/// Each job needs an instance while its own jobs run.
#[test]
fn trees_of_jobs_do_not_lock_up() {
    for (mebibytes, cores) in [(24 << 10, 2), (3 << 10, 1), (3 << 10, 8)] {
        with(mebibytes, App::new("par_fib").cores(cores)).exit(0).stdout("89\n");
        with(mebibytes, App::new("par_depth").cores(cores)).exit(0);
    }
}

/// More jobs than the address space holds at a time. One gets no memory and fails; the others live on.
#[test]
fn memory_that_cannot_grow_is_one_jobs_failure() {
    for cores in [1, 2, 8] {
        let output = with(3 << 10, App::new("surroundings_growth").cores(cores).arg("40").arg("200"));
        output.exit(0).stdout_has("address space").stdout_has("OutOfMemory").stdout_has("\n209715200\n");
    }
}

#[test]
fn an_app_without_jobs_needs_little() {
    with(512, App::new("peers_std").stdin("a b a")).exit(0).stdout("[(\"a\", 2), (\"b\", 1)]\n");
}

#[test]
fn without_address_space_the_error_says_what_to_do() {
    for (mebibytes, cores) in [(200, 1), (230, 8), (1 << 10, 1_024)] {
        let output = with(mebibytes, App::new("surroundings_naps").cores(cores).arg("1").arg("1"));
        output.exit(71).stdout("").stderr_has("error: cannot ").stderr_has("ulimit").stderr_has("-v");
    }
}
