//! The order of the modules of each crate: the one list to edit when a module comes or moves.

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
        order: &["prelude", "par", "time", "block_on", "reactor", "failure", "flat", "exit", "bindings"],
        bindings: &["failure.rs", "par/jobs.rs", "par/worker.rs"],
    },
    Crate { src: "guest-runtime/macros/src", order: &["main_attribute", "parallel"], bindings: &[] },
    Crate {
        src: "host/src",
        order: &[
            // What may be typed, and one run from start to end.
            "cli",
            "run",
            // Where a job runs.
            "cores",
            "instance",
            "app",
            "state",
            "grants",
            "imports",
            // A file on disk to compiled code.
            "cache",
            "file",
            "engine",
            // Plain data and queues; no wasm from here on.
            "output",
            "scheduler",
            "job",
            "failure",
            // Leaves: numbers and messages.
            "config",
            "cores::affinity",
            "error",
            "bindings",
        ],
        bindings: &["app.rs", "failure.rs", "imports.rs", "imports/jobs.rs", "instance.rs", "job.rs"],
    },
    Crate { src: "xtask/src", order: &["test", "run", "toolchain", "command"], bindings: &[] },
];
