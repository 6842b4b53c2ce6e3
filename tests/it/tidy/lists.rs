//! What is listed by hand: the order of each crate's modules, and exceptions.

/// What one crate's modules may import.
pub(crate) struct Crate {
    /// The folder with its `lib.rs`.
    pub(crate) src: &'static str,
    /// A module may import those below it, never those above. `a::b` stands for itself; every
    /// other child stands with its parent.
    pub(crate) order: &'static [&'static str],
    /// The only files that may name `bindings`.
    pub(crate) bindings: &'static [&'static str],
}

pub(crate) const CRATES: &[Crate] = &[
    Crate {
        src: "guest-runtime/src",
        order: &[
            "prelude", "iter", "job", "local", "remote", "flat", "http", "net", "io", "pollable", "time",
            "test", "block_on", "host", "reactor", "failure", "exit", "bindings",
        ],
        bindings: &[
            "failure/contract.rs",
            "host/info.rs",
            "host/jobs.rs",
            "host/send.rs",
            "host/shared.rs",
            "remote/worker.rs",
        ],
    },
    Crate {
        src: "guest-runtime/macros/src",
        order: &["main_attribute", "test_attribute", "parallel"],
        bindings: &[],
    },
    Crate {
        src: "host/scheduler/src",
        order: &["scheduler", "queue", "slots", "tree", "items", "work", "sync"],
        bindings: &[],
    },
    Crate {
        src: "host/cli/src",
        order: &[
            "ulimit",
            "files",
            "views",
            "progress",
            "new",
            "shell",
            "flags",
            "allocator",
            "log",
            "signals",
        ],
        bindings: &[],
    },
    Crate {
        src: "host/lib/src",
        order: &[
            // What is counted, and one run from start to end.
            "stats", "trace", "host", "run", // Where a job runs, and what became of it.
            "cores", "instance", "inspect", "app", "failure", // What an instance has and may do.
            "state", "grants", "imports", // From files on disk to compiled code.
            "compose", "cache", "file", "engine", // Each a mechanism by itself.
            "ticker", "input", "output", "planted", "table",
            "pending", // What jobs are, and what they share.
            "job", "items", "shares", "lift", "tree",
            "account", // Leaves: numbers, messages, generated code.
            "config", "event", "status", "affinity", "cgroup", "error", "escaped", "bindings",
        ],
        bindings: &[
            "account.rs",
            "app.rs",
            "failure.rs",
            "imports.rs",
            "imports/jobs.rs",
            "instance.rs",
            "job.rs",
            "job/outcome.rs",
            "lift/texts.rs",
        ],
    },
    Crate { src: "fuzz/src", order: &["command", "campaign", "input", "allocator"], bindings: &[] },
    Crate { src: "fuzz/guest/src", order: &["messages", "resp"], bindings: &[] },
    Crate {
        src: "fuzz/host/src",
        order: &[
            "bin",
            "soak",
            "contract",
            "http",
            "component",
            "commands",
            "run",
            "watch",
            "texts",
            "guests",
            "flags",
        ],
        bindings: &[],
    },
    Crate {
        src: "xtask/src",
        order: &["bench", "test", "soak", "fuzz", "run", "languages", "packages", "toolchain", "command"],
        bindings: &[],
    },
];

/// Functions that may be longer than others: where, which and why.
pub(crate) const LONG_FUNCTIONS: &[(&str, &str, &str)] = &[];

/// Items that are public for the attributes of the guest runtime, or sealed, and for nobody to use.
pub(crate) const WITHOUT_EXAMPLE: &[&str] = &["call", "lend", "lend_mut", "Moved", "Number", "run_test"];
