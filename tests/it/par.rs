//! Jobs: the same results on any number of cores.

use tempfile::tempdir;
use tests::App;

/// Runs the program on 1, 2 and 8 cores, and expects the same output from each.
#[track_caller]
fn check(program: &str, expected: &str) {
    for cores in [1, 2, 8] {
        App::new(program).cores(cores).run().stdout(expected).exit(0);
    }
}

/// The same, with an empty directory each time.
#[track_caller]
fn check_in_dir(program: &str, cores: &[usize], expected: &str) {
    for &cores in cores {
        let dir = tempdir().unwrap();
        App::new(program).cores(cores).dir(dir.path(), "/").run().stdout(expected).exit(0);
    }
}

#[test]
fn nothing_happens_until_awaited() {
    check_in_dir("par_lazy", &[1, 2, 8], "0\n0\n1\n");
}

#[test]
fn values_come_back_as_they_went() {
    check("par_values", "all equal\n");
}

/// The error keeps its chain, also through a job of a job, and `main` prints the chain.
#[test]
fn errors_arrive_with_their_sources() {
    for cores in [1, 2, 8] {
        let dir = tempdir().unwrap();
        let output = App::new("error_crosses").cores(cores).dir(dir.path(), "/").run();
        let expected = "\
            Ok(3)\n\
            cannot add | cannot add: invalid digit found in string | None\n\
            cannot add | Some(NotFound)\n";
        output.stdout(expected).exit(1);
        output.stderr_has(
            "Error: no sum\n  caused by: cannot add\n  caused by: invalid digit found in string\n",
        );
    }
}

#[test]
fn a_block_has_the_variables_in_its_list() {
    let expected = "\
        (1, 2, 3)\n\
        22 5\n\
        36 [1, 2, 36] Some(36)\n\
        (13, [\"one\", \"rest\"])\n\
        10 210 Account { cents: 210, owner: \"me\" }\n\
        Some(\"two\") Some(9)\n\
        1 bc [3] [4, 5] g [6, 1] 19\n\
        13 3\n\
        [Ok(12), Err(\"nothing\"), Err(\"x is no number\")]\n\
        [124750, 374750]\n\
        [7]\n\
        1\n";
    check("par_block", expected);
}

#[test]
fn everything_composes() {
    let expected = "\
        tuple (2, 0, 6)\n\
        array [2, 4]\n\
        vec 9900\n\
        race 10\n\
        try_join Ok((2, 4))\n\
        try_join true\n\
        race_ok Some(4)\n\
        race_ok 2\n\
        group 290\n\
        co_stream 50 Some(98)\n";
    check("par_composes", expected);
}

#[test]
fn awaits_are_the_order() {
    let lines = format!("cab{}", (0..50).map(|n| format!(" {n}")).collect::<String>());
    check_in_dir("par_sequential", &[1, 2, 8], &format!("1 2 3\n{lines}\n"));
}

#[test]
fn jobs_have_jobs() {
    check("par_fib", "89\n");
}

#[test]
fn recursion_ends_at_the_limit_of_depth() {
    check("par_depth", "64: Refused(Depth(64))\n");
}

#[test]
fn statics_are_of_one_instance() {
    check("par_statics", "true\n1000\n1001\n");
}

#[test]
fn instances_are_used_again_unless_they_are_to_be_fresh() {
    for cores in [1, 2, 8] {
        App::new("par_fresh").cores(cores).run().stdout("used\n").exit(0);
        App::new("par_fresh").cores(cores).option("--fresh").run().stdout("fresh\n").exit(0);
    }
}

#[test]
fn placement_changes_no_answer() {
    for placement in ["steal", "sharded", "global"] {
        for cores in [1, 2, 8] {
            let app = |name| App::new(name).cores(cores).option("--placement").option(placement).run();
            app("par_fib").stdout("89\n").exit(0);
            app("par_values").stdout("all equal\n").exit(0);
            app("limit_jobs").stdout("999000\n2280\n0\n2\n10\n").exit(0);
            app("par_statics").stdout("true\n1000\n1001\n").exit(0);
        }
    }
}

#[test]
fn values_held_in_a_job_need_not_be_send() {
    check("par_not_send", "(90, 20, 6)\n");
}

#[test]
fn messages_are_large_or_empty() {
    let expected = "true\ntrue\n(8388608, 4194304.0, 67108864)\n([], (0, -0.0, 0))\n([], (), \"\")\n";
    // Only once: these messages are large.
    App::new("par_large").cores(2).run().stdout(expected).exit(0);
}

#[test]
fn a_result_is_a_value() {
    let expected = "\
        Ok(7)\n\
        Err(\"invalid digit found in string\")\n\
        Ok(Err(\"cannot parse integer from empty string\"))\n\
        Err(\"invalid digit found in string\")\n\
        Some(2)\n";
    check("par_results", expected);
}

#[test]
fn everything_callable_has_par() {
    let expected = "\
        g 1 b [3] () Some(\"e\") [6] 0.5\n\
        (Some(9), Some(\"b\"))\n\
        ([3, 2], [1], 5)\n\
        2 1\n\
        [1, 2, 3]\n\
        [97, 98]\n\
        [97, 98, 97]\n\
        (1, 42, \"HELLO\", 5, ())\n\
        8\n";
    check("par_callables", expected);
}

/// An entry is an address. An invalid one is refused, whatever lies at the address.
#[test]
fn a_number_that_is_no_entry() {
    check("par_wrong_entry", "true\ntrue\n");
}

#[test]
fn a_job_sees_what_main_sees() {
    let dir = tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "content").unwrap();
    let app = App::new("par_surroundings").cores(2).dir(dir.path(), "/data").env("COLOUR", "blue");
    let output = app.option("--argv0").option("name").arg("one").arg("--two").arg("").run();
    let line = "([\"name\", \"one\", \"--two\", \"\"], [(\"COLOUR\", \"blue\")], \"content\")\n";
    output.stdout(&line.repeat(2)).stderr("").exit(0);
}

#[test]
fn prints_of_jobs_are_flushed() {
    let said: String = (0..20).map(|n| format!("{n} ")).collect();
    for cores in [1, 2] {
        App::new("par_prints").cores(cores).run().stdout(&format!("{said}end")).stderr(&said).exit(0);
    }
}

#[test]
fn ten_thousand_empty_jobs() {
    check("par_many_empty", "true\n");
}

#[test]
fn more_waiting_jobs_than_instances() {
    check("par_many_sleeping", "true\n");
}

/// Also with more cores than this machine has CPUs.
#[test]
fn jobs_run_at_the_same_time() {
    for (cores, expected) in [(2, "[2, 2]\n"), (8, "[8, 8, 8, 8, 8, 8, 8, 8]\n")] {
        check_in_dir("par_overlap", &[cores], expected);
    }
}

/// A core that computes lets jobs of the same function wait. It must not do so forever.
#[test]
fn jobs_that_spin_until_others_begin_share_a_core() {
    for cores in [1, 2] {
        let dir = tempdir().unwrap();
        let app = App::new("par_overlap").cores(cores).dir(dir.path(), "/").arg("4");
        app.run().stdout("[4, 4, 4, 4]\n").exit(0);
    }
}

/// 60 jobs with 20 MiB each once had four times the memory that they needed: a core that computed started
/// another of them after 10 ms, one more after 20 ms, and so on.
#[test]
fn jobs_that_compute_take_one_instance_per_core() {
    for cores in [1, 2, 8] {
        let output = App::new("par_computes").cores(cores).option("--stats").run();
        output.stdout("435\n").exit(0);
        let stats = &output.stderr;
        let made = stats.lines().find_map(|line| line.strip_prefix("instances")?.trim().split(' ').next());
        let made: usize = made.expect("a number of instances").parse().unwrap();
        assert!(made <= 1 + cores, "{cores} cores, and {stats}");
    }
}

#[test]
fn a_job_runs_while_its_parent_computes() {
    check_in_dir("par_while_main_computes", &[2, 8], "touched 9\n");
}

/// Main is not interrupted, and another core takes the job.
#[test]
fn without_preemption_a_job_runs_while_its_parent_computes() {
    let dir = tempdir().unwrap();
    let app = App::new("par_while_main_computes").cores(2).dir(dir.path(), "/");
    app.option("--no-preemption").run().stdout("touched 9\n").exit(0);
    App::new("par_composes").cores(2).option("--no-preemption").run().exit(0);
}

#[test]
fn a_computing_job_gives_way_to_those_that_were_woken() {
    check_in_dir("par_long_and_short", &[1, 2], "over\n");
}

/// With the same results on any number of cores, no job waits forever behind computing ones.
#[test]
fn a_short_job_gets_its_turn_behind_endless_ones() {
    for cores in [1, 2, 8] {
        App::new("par_behind_endless").cores(cores).arg("2").run().stdout("0\n").exit(0);
    }
}

#[test]
fn an_app_knows_its_cores() {
    for cores in [1, 2, 8] {
        App::new("par_cores").cores(cores).run().stdout(&format!("{cores} {cores}\n")).exit(0);
    }
}

#[test]
fn values_that_serde_cannot_transfer_are_a_failure() {
    let expected = "\
        1 2: 3\n\
        13 0: bad message\n\
        2 1: bad message\n\
        3 10: bad message\n\
        3 1: bad message\n\
        5 4: 9\n\
        Some(1) to [0]\n\
        None to [0]\n\
        has a message that serde cannot carry: field `x` of `Halves`: its `Serialize` writes a u32, and its \
        `Deserialize` reads a string\n";
    check("par_bad_message", expected);
}

/// A field is written but not read, and another one of the same type is read but not written.
#[test]
fn values_whose_impls_disagree_never_arrive() {
    let ways =
        ["argument", "result", "borrow", "place", "slice", "shared", "item", "each", "group", "results"];
    let lines: String = ways
        .iter()
        .map(|&way| format!("{way}: refused\n{}", if way == "place" { "1, 2\n" } else { "" }))
        .collect();
    check("par_disagreements", &lines);
}

/// The host reuses the number of a job as soon as its completion was taken, which is before its future has
/// read the outcome.
#[test]
fn an_outcome_is_safe_until_it_is_looked_at() {
    let expected =
        "([10, 11, 12, 13, 14], [20, 21, 22, 23, 24], [30, 31, 32, 33, 34], [40, 41, 42, 43, 44], ())\n";
    check("par_number_reuse", expected);
}

#[test]
fn outcomes_are_never_mixed_up() {
    check("par_churn", "all right\n");
}

#[test]
fn a_leaked_job_affects_no_other() {
    check("par_forgotten", "a hundred\n");
}
