//! Faults inside of one job: cases 1 to 32.

use std::time::Duration;

use crate::case::{Case, component, guest};
use crate::harness::Setting;
use crate::wat::job;

const UNREACHABLE: &str = "trapped: wasm `unreachable` instruction executed";

/// A message of another class than the one that is read.
const WRONG: &str = "has a message that serde cannot carry: ..: its `Serialize` writes a tuple, and its \
                     `Deserialize` reads a string";

fn late(setting: &mut Setting) {
    setting.run.limits.job_timeout = Some(Duration::from_millis(100));
    setting.run.grace = Duration::from_millis(20);
}

/// The failure of a job that exceeds the time limit of [`late`].
const LATE: &str = "took longer than the 100ms it was given (.timeout() or Limits::job_timeout)";

pub(crate) const CASES: &[Case] = &[
    Case {
        number: 1,
        name: "a panic",
        runs: &[guest("panic").says("panicked at tests/programs/src/bin/hostile/inside.rs:..: no luck")],
    },
    Case { number: 2, name: "unreachable", runs: &[component(job("unreachable")).says(UNREACHABLE)] },
    Case { number: 3, name: "abort", runs: &[guest("abort").says(UNREACHABLE)] },
    Case {
        number: 4,
        name: "arithmetic without a result",
        runs: &[
            component(job("(return (i32.div_s (i32.const 1) (i32.const 0)))"))
                .says("trapped: integer divide by zero"),
            component(job("(return (i32.div_s (i32.const 0x80000000) (i32.const -1)))"))
                .says("trapped: integer overflow"),
            component(job("(return (i32.trunc_f64_s (f64.const nan)))"))
                .says("trapped: invalid conversion to integer"),
            component(job("(return (i32.trunc_f64_s (f64.const 1e10)))")).says("trapped: integer overflow"),
        ],
    },
    Case {
        number: 5,
        name: "a load and a store outside of memory",
        runs: &[
            guest("wild load").says("trapped: out of bounds memory access"),
            guest("wild store").says("trapped: out of bounds memory access"),
        ],
    },
    Case {
        number: 6,
        name: "a call of something that is no such function",
        runs: &[
            component(job("(return (call_indirect (result i32) (i32.const 0)))").fields(TABLE))
                .says("trapped: indirect call type mismatch"),
            component(job("(return (call_indirect (result i32) (i32.const 1)))").fields(TABLE))
                .says("trapped: uninitialized element"),
            component(job("(return (call_indirect (result i32) (i32.const 2)))").fields(TABLE))
                .says("trapped: undefined element: out of bounds table access"),
        ],
    },
    Case {
        number: 7,
        name: "recursion without an end",
        runs: &[guest("small frames")
            .says("trapped: call stack exhausted; a larger stack may help (Config::stack)")],
    },
    Case {
        number: 8,
        name: "recursion with large variables",
        // The end of the stack is the begin of the memory.
        runs: &[guest("large frames").says("trapped: out of bounds memory access")],
    },
    Case {
        number: 9,
        name: "all the memory there is",
        runs: &[
            guest("memory")
                .with(|setting| setting.run.limits.job_memory = 32 << 20)
                .says("ran out of memory: .. bytes, the limit is 33554432 (Limits::job_memory)")
                .within(300),
            guest("memory")
                .with(|setting| setting.run.limits.memory = 64 << 20)
                .says("ran out of memory: .. bytes, the limit is 67108864 (Limits::memory)")
                .within(300),
        ],
    },
    Case {
        number: 10,
        name: "memory.grow again and again",
        // 128 pages, less 16 that it has and one of its other memory.
        runs: &[component(job("(loop $again
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br_if $again (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
            (if (i32.ne (local.get $i) (i32.const 112)) (then unreachable))"))
        .says("returned ")],
    },
    Case {
        number: 11,
        name: "more memory from the start than there is",
        runs: &[
            component(job("").pages("200")).says("out of memory, by .memory()"),
            component(job("").pages("200"))
                .with(|setting| setting.run.limits.memory = 4 << 20)
                .fails(134, "bytes, the limit is 4194304"),
            component(job("").fields("(table 1100000 funcref)")).says("out of memory, by .memory()"),
            component(job("").fields("(table 20000000 funcref)"))
                .fails(65, "is not a valid WebAssembly component"),
        ],
    },
    Case {
        number: 12,
        name: "table.grow again and again",
        // An element is 8 bytes, so this is 8 MiB, less 17 pages.
        runs: &[component(
            job("(loop $again
                  (local.set $i (i32.add (local.get $i) (i32.const 1)))
                  (br_if $again (i32.ne (table.grow (ref.null func) (i32.const 10000)) (i32.const -1))))
                (if (i32.ne (local.get $i) (i32.const 91)) (then unreachable))")
            .fields("(table 0 funcref)"),
        )
        .says("returned ")],
    },
    Case {
        number: 13,
        name: "more memory in two memories than there is for one",
        runs: &[component(job("(drop (call $grow-spare (i32.const 64)))
            (if (i32.eq (memory.grow (i32.const 64)) (i32.const -1)) (then unreachable))"))
        .says("out of memory, by .memory()")],
    },
    Case {
        number: 14,
        name: "a loop without an end, which runs out of time",
        runs: &[component(job("(loop $again (br $again))")).on(&[1, 2]).says("took too long")],
    },
    Case {
        number: 15,
        name: "a loop without an end, which is stopped",
        runs: &[guest("endless").on(&[1, 2]).prints("in time\ncanary right\n")],
    },
    Case {
        number: 16,
        name: "one long instruction after the other",
        runs: &[component(
            job("(drop (memory.grow (i32.const 4000)))
                (loop $again
                  (memory.fill (i32.const 65536) (local.get $i) (i32.const 262144000))
                  (memory.copy (i32.const 65536) (i32.const 65537) (i32.const 262144000))
                  (br $again))")
            .memory("300000000"),
        )
        .on(&[1, 2])
        .says("took too long")],
    },
    Case {
        number: 17,
        name: "a sleep for ever",
        runs: &[
            guest("sleep").on(&[1, 2]).prints("stopped\nsiblings right\ncanary right\n"),
            guest("sleep deaf").on(&[1, 2]).prints("stopped\nsiblings right\ncanary right\n"),
        ],
    },
    Case {
        number: 18,
        name: "a wait for nothing",
        runs: &[guest("empty poll").says("trapped: empty poll list")],
    },
    Case {
        number: 19,
        name: "a wait for a hundred thousand things",
        runs: &[
            guest("long poll").says("1"),
            // Each counts once more while it is lent to the call.
            guest("too many to poll").says("trapped: cannot lend resource: store handle limit exceeded"),
            guest("too many pollables")
                .says("trapped: cannot allocate another handle: store handle limit exceeded"),
        ],
    },
    Case {
        number: 20,
        name: "a wait for what is ready, again and again",
        runs: &[guest("busy poll").on(&[1, 2]).prints("stopped\nsiblings right\ncanary right\n")],
    },
    Case { number: 21, name: "exit", runs: &[guest("exit").says("exited with code 3")] },
    Case { number: 22, name: "an error", runs: &[guest("error").says("Err(\"not today\")")] },
    Case {
        number: 25,
        name: "much from outside",
        runs: &[
            guest("random").says("1048576"),
            guest("too much random").says("trapped: asked for 67108865 random bytes, the limit is 67108864"),
            guest("environment").with(large_environment).says("1000000"),
        ],
    },
    Case {
        number: 26,
        name: "a trap before the job begins",
        runs: &[component(job("").fields(
            "(func $begins
              (if (i32.eq (memory.grow (i32.const 200)) (i32.const -1)) (then
                ;; What was denied was not why.
                (drop (memory.grow (i32.const 1)))
                unreachable)))
            (start $begins)",
        ))
        .says("not started: wasm trap: wasm `unreachable` instruction executed")],
    },
    Case {
        number: 27,
        name: "a loop without an end before the job begins",
        runs: &[component(job("").fields(
            "(func $begins
              (if (i32.eq (memory.grow (i32.const 200)) (i32.const -1)) (then (loop $again (br $again)))))
            (start $begins)",
        ))
        .on(&[1, 2])
        .says("took too long")],
    },
    Case {
        number: 29,
        name: "more time than there is, wherever it is spent",
        runs: &[
            guest("late computing").on(&[1, 2]).with(late).says(LATE),
            guest("late sleeping").on(&[1, 2]).with(late).says(LATE),
            guest("late sleeping deaf").on(&[1, 2]).with(late).says(LATE),
            guest("late in files").on(&[1, 2]).with(late).says(LATE),
        ],
    },
    Case {
        number: 30,
        name: "a result that is none",
        runs: &[
            component(job("(return (i32.const 0xfffffff0))"))
                .says("trapped: pointer out of bounds of memory"),
            component(job("(return (i32.const 2049))")).says("trapped: return pointer not aligned"),
            component(job("(i32.store8 (i32.const 2048) (i32.const 7)) (return (i32.const 2048))"))
                .says("trapped: invalid expected discriminant"),
            component(job("(return (call $result (i32.const 0x7fffffff) (i32.const 16)))"))
                .says("trapped: list pointer/length out of bounds of memory"),
            guest("wrong argument").says(WRONG),
            guest("wrong result").says(WRONG),
        ],
    },
    Case {
        number: 31,
        name: "handles that are dropped twice, made up or kept",
        runs: &[
            component(job(
                "(local.set $i (call $subscribe)) (call $drop (local.get $i)) (call $drop (local.get $i))",
            ))
            .says("trapped: unknown handle index 1"),
            component(job("(call $block (i32.const 77))")).says("trapped: unknown handle index 77"),
            component(job(
                "(call $cancel (i32.const 0)) (call $cancel (i32.const 0)) (call $cancel (i32.const -1))",
            ))
            .says("returned "),
            component(job("(loop $again
                  (drop (call $subscribe))
                  (local.set $i (i32.add (local.get $i) (i32.const 1)))
                  (br_if $again (i32.lt_u (local.get $i) (i32.const 1000))))"))
            .says("returned "),
        ],
    },
    Case {
        number: 32,
        name: "a wait for what cannot happen",
        runs: &[guest("deadlock")
            .says("panicked at ..: deadlock: `core::future::pending::pending<u8>` waits, but not for a timer, a job..")],
    },
];

/// A function that returns nothing, and nothing.
const TABLE: &str = "(table 2 funcref) (func $nothing) (elem (i32.const 0) $nothing)";

fn large_environment(setting: &mut Setting) {
    let value = "x".repeat(100_000);
    setting.run.grants.env = (0..10).map(|n| (format!("LARGE_{n}"), value.clone())).collect();
}
