//! The cases that other tests cover, and why they are not in the table.

use std::fs;
use std::path::Path;

/// A case that is covered elsewhere.
pub(crate) struct Covered {
    pub(crate) number: u32,
    /// What goes wrong, and why it is not in the table.
    why: &'static str,
    /// The files and functions that test it.
    tests: &'static [(&'static str, &'static str)],
}

const LOOM: &str = "host/scheduler/tests/loom/main.rs";
const SHUTTLE: &str = "host/scheduler/tests/shuttle/main.rs";

pub(crate) const COVERED_ELSEWHERE: &[Covered] = &[
    Covered {
        number: 23,
        why: "much to stdout, and a slow reader: that needs the other end of a pipe",
        tests: &[
            ("tests/it/cli.rs", "a_slow_reader_loses_nothing"),
            ("tests/it/io.rs", "a_reader_that_stops_stops_the_writer_and_nothing_else"),
        ],
    },
    Covered {
        number: 24,
        why: "two jobs that read stdin: the process has only one",
        tests: &[("tests/it/io.rs", "two_jobs_that_read_get_each_byte_once")],
    },
    Covered {
        number: 28,
        why: "all fuel is used: this host has none; it limits time, and calls of the host",
        tests: &[
            ("tests/it/limit.rs", "time_of_a_job_wherever_it_is"),
            ("tests/it/limit.rs", "calls_of_the_host"),
        ],
    },
    Covered {
        number: 41,
        why: "a job ends while it is stopped: all orders of that are tried in a model",
        tests: &[
            (LOOM, "an_end_and_a_stop_make_one_end"),
            (LOOM, "of_two_stops_and_an_end_one_counts"),
            (LOOM, "a_core_that_waits_for_a_slot_is_woken_by_one"),
        ],
    },
    Covered {
        number: 42,
        why: "a stop at each stage of a job's life: the host has no places where a test can hold it up, so it \
              is tried in models, and at many moments by number 52",
        tests: &[
            (LOOM, "a_job_is_claimed_by_one"),
            (LOOM, "an_end_and_a_stop_make_one_end"),
            (LOOM, "a_running_job_is_woken_by_its_stop"),
            (SHUTTLE, "three_cores_end_every_tree_whatever_fails"),
        ],
    },
    Covered {
        number: 51,
        why: "a core that hangs in a call of the system: files that may block are used without blocking it, or on \
              threads; what has not begun on a core that is late all the same is stolen",
        tests: &[
            (
                "host/scheduler/src/scheduler/tests.rs",
                "a_thief_takes_the_older_half_and_leaves_the_last_job_to_its_owner",
            ),
            (LOOM, "each_job_that_is_overdue_wakes_a_sleeper"),
            ("tests/it/files.rs", "jobs_blocked_on_a_fifo_end_and_hold_up_no_others"),
            ("tests/it/files.rs", "limits_and_signals_end_a_blocked_open"),
            ("tests/it/par.rs", "a_job_runs_while_its_parent_computes"),
        ],
    },
    Covered {
        number: 53,
        why: "a job ends while its parent falls asleep: all orders of that are tried in a model",
        tests: &[
            (LOOM, "a_parent_is_woken_by_an_outcome_and_by_a_stop_request"),
            (LOOM, "a_core_that_falls_asleep_misses_no_push"),
        ],
    },
];

#[test]
fn the_tests_named_here_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for Covered { number, why, tests } in COVERED_ELSEWHERE {
        assert!(!tests.is_empty(), "nothing tests {number}: {why}");
        for (file, test) in *tests {
            let source = fs::read_to_string(root.join(file)).expect(file);
            assert!(source.contains(&format!("fn {test}()")), "{number}: {file} has no {test}");
        }
    }
}
