//! Resources that jobs make the host keep for them: cases 82 to 95, and 100.
//!
//! The process may grow by 1.1 times the run's memory limit, and 64 MiB: [`BOUND`].

use crate::case::{Case, Run, component, guest};
use crate::harness::Setting;
use crate::wat::job;

const MEMORY: u64 = 64 << 20;

/// In MiB.
const BOUND: u64 = (MEMORY >> 20) * 11 / 10 + 64;

/// Some jobs are denied memory; all others succeed.
const DENIED: &str = "denied\ncanary right\n";

const CORES: &[usize] = &[1, 2, 8];

fn little_memory(setting: &mut Setting) {
    setting.run.limits.memory = MEMORY;
}

const fn handles(body: &'static str) -> Run {
    component(job(body)).with(little_memory).on(CORES).within(BOUND)
}

fn with_network(setting: &mut Setting) {
    little_memory(setting);
    let grants = &mut setting.run.grants;
    (grants.inherit_network, grants.udp) = (true, true);
}

fn with_an_environment(setting: &mut Setting) {
    little_memory(setting);
    setting.run.grants.env = vec![("LARGE".to_owned(), "x".repeat(2 << 20))];
}

/// Creates a run of an attack that is denied memory, and must not make the process grow.
const fn attack(name: &'static str) -> Run {
    guest(name).with(little_memory).on(CORES).prints(DENIED).within(BOUND)
}

pub(crate) const CASES: &[Case] = &[
    Case { number: 82, name: "pollables without an end", runs: &[attack("pollables")] },
    Case { number: 83, name: "waits for one pollable many times", runs: &[attack("lists of pollables")] },
    Case {
        number: 84,
        name: "bodies of requests that are never sent",
        runs: &[attack("bodies"), attack("bodies with trailers")],
    },
    Case {
        number: 85,
        name: "headers of requests that are never sent",
        runs: &[
            attack("fields"),
            attack("fields in turn"),
            guest("long fields").says("trapped: total size of fields exceeds limit"),
        ],
    },
    Case {
        number: 86,
        name: "texts of requests that are never sent",
        runs: &[
            attack("texts of requests"),
            guest("long texts").prints("[true, true, true]\ncanary right\n"),
        ],
    },
    Case {
        number: 87,
        name: "requests that are denied, and leave nothing",
        runs: &[guest("denied requests")
            .with(|setting| setting.run.limits.memory = 8 << 20)
            .prints("..the host does not allow this request\ncanary right\n")],
    },
    Case { number: 88, name: "files that are read, and nothing taken", runs: &[attack("streams of files")] },
    Case { number: 89, name: "listings of a large directory", runs: &[attack("listings")] },
    Case { number: 90, name: "sockets that would receive", runs: &[attack("sockets").with(with_network)] },
    Case { number: 91, name: "stacks of jobs that wait", runs: &[attack("stacks")] },
    Case {
        number: 92,
        name: "a large environment, for each instance",
        runs: &[attack("environments").with(with_an_environment)],
    },
    Case {
        number: 93,
        name: "tables, from the start and growing",
        runs: &[
            component(job("").fields("(table 100000 funcref)(table 100000 funcref)")).says("returned "),
            component(job("").fields(
                "(table 90000 funcref)(table 90000 funcref)(table 90000 funcref)(table 90000 funcref)
                     (table 90000 funcref)(table 90000 funcref)(table 90000 funcref)(table 90000 funcref)
                     (table 90000 funcref)(table 90000 funcref)(table 90000 funcref)(table 90000 funcref)",
            ))
            .says("out of memory, by .memory()"),
            component(
                job("(loop $again
                      (local.set $i (i32.add (local.get $i) (i32.const 1)))
                      (br_if $again (i32.ne (table.grow (ref.null func) (i32.const 1000)) (i32.const -1))))
                    (if (i32.gt_u (local.get $i) (i32.const 99)) (then unreachable))")
                .fields("(table 0 funcref)")
                .memory("1900000"),
            )
            .says("returned "),
        ],
    },
    Case {
        number: 94,
        name: "handles of resources that the app defines itself",
        runs: &[
            handles(
                "(loop $again
                   (drop (call $make (local.get $i)))
                   (local.set $i (i32.add (local.get $i) (i32.const 1)))
                   (br_if $again (i32.lt_u (local.get $i) (i32.const 4000))))",
            )
            .says("returned "),
            handles("(loop $again (drop (call $make (i32.const 0))) (br $again))")
                .says("trapped: cannot allocate another handle.."),
        ],
    },
    Case { number: 95, name: "many random bytes at a time", runs: &[attack("random bytes")] },
    Case {
        number: 100,
        name: "a directory whose names alone take more than all memory",
        runs: &[guest("large directory")
            .with(|setting| setting.run.limits.memory = 8 << 20)
            .on(CORES)
            .prints("24000 files\ncanary right\n")
            .within(BOUND)],
    },
];
