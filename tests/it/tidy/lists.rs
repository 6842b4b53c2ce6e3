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
    /// Beginnings of the names of files that may still import each other in circles. To be emptied.
    pub(crate) circles: &'static [&'static str],
}

pub(crate) const CRATES: &[Crate] = &[
    Crate {
        src: "guest-runtime/src",
        order: &[
            "prelude", "iter", "par", "http", "net", "io", "pollable", "time", "test", "block_on", "jobs",
            "reactor", "failure", "flat", "exit", "bindings",
        ],
        bindings: &["failure.rs", "jobs.rs", "par/worker.rs"],
        circles: &["http", "iter", "jobs", "net", "par", "reactor"],
    },
    Crate {
        src: "guest-runtime/macros/src",
        order: &["main_attribute", "test_attribute", "parallel"],
        bindings: &[],
        circles: &[],
    },
    Crate {
        src: "host/scheduler/src",
        order: &["scheduler", "queue", "slots", "tree", "items", "work", "sync"],
        bindings: &[],
        circles: &["queue", "tree"],
    },
    Crate {
        src: "host/cli/src",
        order: &[
            "ulimit",
            "files",
            "views",
            "progress",
            "flags",
            "inspection",
            "hint",
            "exit",
            "allocator",
            "log",
            "signals",
        ],
        bindings: &[],
        circles: &[],
    },
    Crate {
        src: "host/lib/src",
        order: &[
            "host", "app", "run", "exec", "load", "store", "imports", "stdio", "job", "config", "observe",
            "machine", "error", "escaped", "bindings",
        ],
        bindings: &[
            "imports/jobs.rs",
            "job/account.rs",
            "job/call.rs",
            "job/lift/texts.rs",
            "job/outcome.rs",
            "store/failure.rs",
        ],
        circles: &[],
    },
    Crate {
        src: "fuzz/src",
        order: &["command", "campaign", "input", "allocator"],
        bindings: &[],
        circles: &[],
    },
    Crate { src: "fuzz/guest/src", order: &["messages", "resp"], bindings: &[], circles: &[] },
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
            "inspection",
            "hint",
            "exit",
        ],
        bindings: &[],
        circles: &["soak"],
    },
    Crate {
        src: "xtask/src",
        order: &[
            "bench",
            "test",
            "soak",
            "fuzz",
            "run",
            "map",
            "languages",
            "packages",
            "toolchain",
            "command",
        ],
        bindings: &[],
        circles: &["bench", "run"],
    },
];

/// Functions that may be longer than others: where, which and why.
pub(crate) const LONG_FUNCTIONS: &[(&str, &str, &str)] = &[];

/// Items that are public for the attributes of the guest runtime, or sealed, and for nobody to use.
pub(crate) const WITHOUT_EXAMPLE: &[&str] = &["call", "lend", "lend_mut", "Moved", "Number", "run_test"];
