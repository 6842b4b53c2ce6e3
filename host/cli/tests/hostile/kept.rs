//! Data that jobs leave with the host or make it keep: cases 71 to 81.
//!
//! The host may grow by a tenth more than the run's memory limit, and by 64 MiB.

use crate::case::{Case, Run, component, program};
use crate::harness::Setting;
use crate::wat::job;

/// In MiB.
const MEMORY: u64 = 64;
const BOUND: u64 = MEMORY * 11 / 10 + 64;

const CORES: &[usize] = &[1, 2, 8];

fn little_memory(setting: &mut Setting) {
    setting.run.limits.memory = MEMORY << 20;
}

const fn attack(name: &'static str) -> Run {
    bounded(program("hostile_contract", name))
}

const fn bounded(run: Run) -> Run {
    run.with(little_memory).on(CORES).within(BOUND)
}

/// Writes twenty thousand calls to 100,000, each with the same name of 400,000 bytes, which is at 700,000.
macro_rules! calls {
    () => {
        "(drop (memory.grow (i32.const 64)))
         (memory.fill (i32.const 700000) (i32.const 0x78) (i32.const 400000))
         (loop $each
           (i32.store offset=100000 (local.get $i) (i32.const 700000))
           (i32.store offset=100004 (local.get $i) (i32.const 400000))
           (local.set $i (i32.add (local.get $i) (i32.const 28)))
           (br_if $each (i32.lt_u (local.get $i) (i32.const 560000))))"
    };
}

const PANICKING: &str = concat!(
    calls!(),
    "(call $panicking (i32.const 700000) (i32.const 400000)
       (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
       (i32.const 100000) (i32.const 20000) (i32.const 0) (i32.const 0))
     unreachable"
);

/// The same as what `worker.run` returns.
const RETURNED: &str = concat!(
    calls!(),
    "(i64.store (i32.const 2048) (i64.const 1))
     (i64.store (i32.const 2056) (i64.const 0))
     (i32.store (i32.const 2064) (i32.const 700000))
     (i32.store (i32.const 2068) (i32.const 400000))
     (i32.store (i32.const 2072) (i32.const 0))
     (i32.store (i32.const 2092) (i32.const 100000))
     (i32.store (i32.const 2096) (i32.const 20000))
     (return (i32.const 2048))"
);

/// What the parent is shown is the beginning.
const SHORTENED: &str = "panicked: xxx..";

pub(crate) const CASES: &[Case] = &[
    Case {
        number: 71,
        name: "results that nobody takes",
        runs: &[
            attack("results").prints("right, denied\ncanary right\n"),
            attack("many results").prints("right, denied\ncanary right\n"),
        ],
    },
    Case {
        number: 72,
        name: "jobs without an end, and small results",
        runs: &[attack("small results").prints("right\ncanary right\n")],
    },
    Case {
        number: 73,
        name: "failures with long texts, that nobody takes",
        runs: &[attack("failures").prints("failed..\ncanary right\n")],
    },
    Case {
        number: 74,
        name: "panics with long texts, that nobody takes",
        runs: &[attack("panics").prints("failed..\ncanary right\n")],
    },
    Case {
        number: 75,
        name: "a failure that names one text twenty thousand times",
        runs: &[
            bounded(component(job(PANICKING))).says(SHORTENED),
            bounded(component(job(RETURNED))).says(SHORTENED),
        ],
    },
    Case {
        number: 76,
        name: "a first item of each job, that nobody takes",
        runs: &[attack("first items").prints("right..items\ncanary right\n")],
    },
    Case {
        number: 77,
        name: "a million empty items, that nobody takes",
        runs: &[attack("many items").prints("right, items\ncanary right\n")],
    },
    Case {
        number: 78,
        name: "messages of jobs that never end",
        runs: &[attack("messages").prints("denied\ncanary right\n")],
    },
    Case { number: 79, name: "long names of jobs", runs: &[attack("names").prints("right\ncanary right\n")] },
    Case {
        number: 80,
        name: "as many empty shared bytes as there may be",
        runs: &[attack("shares").prints("many, true\ncanary right\n")],
    },
    Case {
        number: 81,
        name: "many jobs that read the same shared bytes",
        runs: &[attack("readers").prints("right..\ncanary right\n")],
    },
];
