//! Numbers of jobs, nesting, stopping, and scheduling: cases 33 to 58.

use std::time::Duration;

use host::Placement;

use crate::case::{Case, guest};

const ALL: &[usize] = &[1, 2, 8];

pub(crate) const CASES: &[Case] = &[
    Case {
        number: 33,
        name: "a tenth of a million jobs, a hundred at a time",
        runs: &[guest("window").prints("9999900000\ncanary right\n").within(100)],
    },
    Case {
        number: 34,
        name: "120,000 jobs at once, where 100,000 may be",
        runs: &[guest("join").prints("14399880000\ncanary right\n").within(200)],
    },
    Case {
        number: 35,
        name: "a million jobs that nobody awaits",
        // A job that may make so few calls has made none for them.
        runs: &[guest("lazy").with(|setting| setting.run.limits.job_calls = Some(100)).says("1000000")],
    },
    Case {
        number: 36,
        name: "ten thousand jobs that are started and forgotten",
        runs: &[
            guest("forget").says("10000"),
            guest("forget").with(|setting| setting.run.limits.jobs = 100).says("10000"),
        ],
    },
    Case {
        number: 37,
        name: "a tenth of a million jobs that are started and dropped",
        runs: &[guest("storm").on(ALL).prints("over\ncanary right\n").within(100)],
    },
    Case {
        number: 38,
        name: "one who wins against 999",
        runs: &[guest("race").on(ALL).prints("501\ncanary right\n")],
    },
    Case {
        number: 39,
        name: "a parent that is dropped, with jobs that have jobs",
        runs: &[guest("drop a tree")
            .on(ALL)
            .prints("leaf is gone\nbranch is gone\ntrunk is gone\nstopped\ncanary right\n")],
    },
    Case {
        number: 40,
        name: "a parent that traps, with jobs that have jobs",
        runs: &[guest("trap with a tree").on(ALL).prints(
            "leaf is gone\nbranch is gone\n\
             trapped: wasm `unreachable` instruction executed\nsiblings right\ncanary right\n",
        )],
    },
    Case {
        number: 43,
        name: "results that nobody reads",
        // There are 400 MiB of them.
        runs: &[
            guest("unread").prints("none read\ncanary right\n").within(100),
            guest("unread, no reactor").prints("none read\ncanary right\n").within(100),
        ],
    },
    Case {
        number: 44,
        name: "a future that is polled when it was ready",
        runs: &[guest("after ready").says("panicked at ..: a parallel future was polled after it was ready")],
    },
    Case { number: 45, name: "main ends first", runs: &[guest("main ends").on(ALL).prints("main ends\n")] },
    Case {
        number: 46,
        name: "eight levels of four jobs each",
        runs: &[guest("nested").on(ALL).prints("65536\ncanary right\n")],
    },
    Case {
        number: 47,
        name: "more parents than slots",
        runs: &[
            guest("few slots").on(ALL).with(|setting| setting.host.slots = 4).prints("729\ncanary right\n"),
            guest("few slots")
                .on(ALL)
                .with(|setting| {
                    setting.host.slots = 4;
                    setting.host.placement = Placement::Sharded;
                })
                .prints("729\ncanary right\n"),
            guest("few slots").on(ALL).with(|setting| setting.host.slots = 0).prints("729\ncanary right\n"),
        ],
    },
    Case {
        number: 48,
        name: "recursion without an end, by jobs",
        runs: &[
            guest("recursion").on(ALL).says("was not started: jobs may be nested 64 deep (Limits::depth)"),
            guest("recursion")
                .with(|setting| (setting.host.depth, setting.run.limits.depth) = (1_000, 1_000))
                .says("was not started: jobs may be nested 1000 deep (Limits::depth)"),
        ],
    },
    Case {
        number: 49,
        name: "jobs with two jobs each, without an end",
        runs: &[
            guest("fork bomb")
                .on(ALL)
                .with(|setting| setting.run.limits.jobs = 1_000)
                .says("took longer than the 300ms it was given (.timeout() or Limits::job_timeout)")
                .within(400),
            guest("fork bomb")
                .says("took longer than the 300ms it was given (.timeout() or Limits::job_timeout)"),
        ],
    },
    Case {
        number: 50,
        name: "short jobs beside one on each core that never ends",
        runs: &[
            guest("hogs").on(ALL).prints("200\ncanary right\n"),
            guest("hogs")
                .on(ALL)
                .with(|setting| setting.host.placement = Placement::Sharded)
                .prints("200\ncanary right\n"),
            guest("hogs")
                .on(ALL)
                .with(|setting| setting.host.placement = Placement::Global)
                .prints("200\ncanary right\n"),
        ],
    },
    Case {
        number: 52,
        name: "a job that is ended anywhere",
        runs: &[guest("everywhere").on(ALL).prints("[150, 150, 150]\ncanary right\n")],
    },
    Case {
        number: 54,
        name: "nothing but sleepers",
        // They sleep for two seconds; what there is to do is to make a hundred instances.
        runs: &[guest("sleepers").prints("100\ncanary right\n").idle_but(Duration::from_millis(700))],
    },
    Case {
        number: 55,
        name: "jobs of one parent that all need a core",
        runs: &[
            guest("meeting").on(ALL).prints("met\ncanary right\n"),
            guest("meeting")
                .on(ALL)
                .with(|setting| setting.host.placement = Placement::Sharded)
                .prints("met\ncanary right\n"),
            guest("meeting")
                .on(ALL)
                .with(|setting| setting.host.placement = Placement::Global)
                .prints("met\ncanary right\n"),
        ],
    },
    Case {
        number: 56,
        name: "an instance that waits, and gets no second job",
        runs: &[guest("one at a time").on(ALL).prints("0\ncanary right\n")],
    },
    Case {
        number: 57,
        name: "memory of another job",
        runs: &[
            guest("traces").on(ALL).prints("0 traces\ncanary right\n"),
            // With room for few, each is used again and again.
            guest("traces").with(|setting| setting.host.slots = 1).prints("0 traces\ncanary right\n"),
        ],
    },
    Case {
        number: 58,
        name: "no more slots than cores, or fewer",
        runs: &[
            guest("meeting").on(&[4]).with(|setting| setting.host.slots = 4).prints("met\ncanary right\n"),
            guest("one at a time")
                .on(&[8])
                .with(|setting| setting.host.slots = 1)
                .prints("0\ncanary right\n"),
        ],
    },
];
