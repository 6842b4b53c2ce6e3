//! Lists that are maintained by hand: the order of each crate's modules, and exceptions.

/// The allowed imports between the modules of one crate.
pub(crate) struct Crate {
    /// The folder with its `lib.rs`.
    pub(crate) src: &'static str,
    /// A module may import modules after it, never those before it. `a::b` stands for itself; every other
    /// child stands with its parent.
    pub(crate) order: &'static [&'static str],
    /// The only files that may name `bindings`.
    pub(crate) bindings: &'static [&'static str],
}

pub(crate) const CRATES: &[Crate] = &[
    Crate {
        src: "guest-runtime/src",
        order: &[
            "prelude",
            "iter",
            "job",
            "local",
            "remote",
            "flat",
            "http",
            "net",
            "io",
            "pollable",
            "time",
            "test",
            "main_function",
            "panic_hook",
            "block_on",
            "host",
            "reactor",
            "error",
            "failure",
            "exit",
            "bindings",
        ],
        bindings: &[
            "failure/contract.rs",
            "failure/setting.rs",
            "host/info.rs",
            "host/jobs.rs",
            "host/send.rs",
            "host/shared.rs",
            "remote/worker.rs",
        ],
    },
    Crate {
        src: "guest-runtime/macros/src",
        order: &["main_attribute", "test_attribute", "par", "parallel", "attribute"],
        bindings: &[],
    },
    Crate {
        src: "host/scheduler/src",
        order: &[
            "scheduler",
            "queue",
            "sleep",
            "thief",
            "slots",
            "children",
            "job",
            "items",
            "computing",
            "kind",
            "sync",
        ],
        bindings: &[],
    },
    Crate {
        src: "host/cluster/src",
        order: &["peer", "transport", "owner", "node", "link", "wire", "trust", "lease", "clock", "moment"],
        bindings: &[],
    },
    Crate {
        src: "host/cli/src",
        order: &[
            "ulimit",
            "files",
            "loading",
            "libtest",
            "cluster",
            "views",
            "progress",
            "new",
            "shell",
            "flags",
            "inspection",
            "hint",
            "backtrace",
            "exit",
            "within",
            "allocator",
            "log",
            "stderr",
            "signals",
        ],
        bindings: &[],
    },
    Crate {
        src: "host/lib/src",
        order: &[
            "host", "node", "serve", "app", "run", "handover", "exec", "load", "store", "imports", "stdio",
            "job", "config", "cluster", "observe", "machine", "error", "escaped", "bindings",
        ],
        bindings: &[
            "imports/jobs.rs",
            "job/account.rs",
            "job/call.rs",
            "job/lift/texts.rs",
            "job/outcome.rs",
            "job/sent.rs",
            "store/failure.rs",
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
            "inspection",
            "hint",
            "exit",
        ],
        bindings: &[],
    },
    Crate {
        src: "xtask/src",
        order: &[
            "bench",
            "test",
            "soak",
            "fuzz",
            "mutants",
            "run",
            "book",
            "map",
            "compatibility",
            "languages",
            "packages",
            "toolchain",
            "command",
        ],
        bindings: &[],
    },
];

/// Functions that may exceed the limit: file, name and reason.
pub(crate) const LONG_FUNCTIONS: &[(&str, &str, &str)] = &[];

/// Items that are public only for the macros of the guest runtime, or sealed.
pub(crate) const WITHOUT_EXAMPLE: &[&str] = &[
    "call",
    "is_message",
    "job",
    "Kind",
    "kind_of",
    "lend",
    "lend_mut",
    "Listed",
    "take",
    "Moved",
    "Number",
    "run_main",
    "run_test",
];
