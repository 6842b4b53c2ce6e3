//! Messages, and calls of the contract: cases 59 to 70.

use crate::case::{Case, component, guest};
use crate::wat::job;

const OUT_OF_BOUNDS: &str = "trapped: list pointer/length out of bounds of memory";

const LEAVES: &str = "trapped: cannot leave component instance";

pub(crate) const CASES: &[Case] = &[
    Case {
        number: 59,
        name: "messages and results around the largest",
        runs: &[
            guest("sizes").with(|setting| setting.run.limits.message = 1 << 20).prints(
                "(0, 0)\n(1, 1)\n(1048575, 1048575)\n(1048576, 1048576)\n\
                 has too large a message: 1048577 bytes, the limit is 1048576 (Limits::message)\n\
                 siblings right\ncanary right\n",
            ),
            // Much more than the host would take from an instance.
            guest("far too large").with(|setting| setting.run.limits.message = 1 << 20).says(
                "panicked at ..: job `hostile::messages::length` has too large a message: \
                 104857600 bytes, the limit is 1048576 (Limits::message)",
            ),
            // Without asking first, the job itself fails and does not learn of it.
            component(
                job("(drop (memory.grow (i32.const 1100)))
                    (call $start (i32.const 1) (i32.const 64) (i32.const 70000000)
                      (i32.const 0) (i64.const 0) (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0)
                      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 4096))")
                .memory("100000000"),
            )
            .with(|setting| setting.run.limits.message = 1 << 20)
            .says("returned "),
        ],
    },
    Case {
        number: 60,
        name: "messages that are longer than the memory they are in",
        runs: &[
            component(job("(call $start (i32.const 1) (i32.const 64) (i32.const 0x7fffffff)
                  (i32.const 0) (i64.const 0) (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0)
                      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 4096))"))
            .says(OUT_OF_BOUNDS)
            .within(100),
            component(job("(call $start (i32.const 1) (i32.const -1) (i32.const 1)
                  (i32.const 0) (i64.const 0) (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0)
                      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 4096))"))
            .says(OUT_OF_BOUNDS),
            component(job("(return (call $result (i32.const 64) (i32.const -1)))"))
                .says(OUT_OF_BOUNDS)
                .within(100),
        ],
    },
    Case {
        number: 61,
        name: "a result that is too large",
        runs: &[
            guest("result too large")
                .with(|setting| setting.run.limits.message = 1 << 20)
                .says("has too large a message: 1048577 bytes, the limit is 1048576 (Limits::message)"),
            guest("result far too large")
                .with(|setting| setting.run.limits.message = 1 << 20)
                .says("has too large a message: .. bytes, the limit is 1048576 (Limits::message)"),
            component(
                job("(drop (memory.grow (i32.const 1100)))
                    (return (call $result (i32.const 64) (i32.const 70000000)))")
                .memory("100000000"),
            )
            .with(|setting| setting.run.limits.message = 1 << 20)
            .says("another failure"),
        ],
    },
    Case {
        number: 62,
        name: "messages of the wrong structure",
        runs: &[guest("wrong bytes").on(&[1, 2]).prints("most are refused\ncanary right\n")],
    },
    Case {
        number: 63,
        name: "lengths and classes that are a lie, in a message",
        // With 32 MiB of memory, so no room has been made for what the length says.
        runs: &[
            guest("long list").says("0"),
            guest("long text").says(
                "has a message that serde cannot carry: ..: its `Serialize` writes 5 elements, and its \
                 `Deserialize` reads 2: is one skipped?",
            ),
            guest("wrong list").says(
                "has a message that serde cannot carry: ..: its `Serialize` writes a u8, and its `Deserialize` \
                 reads a tuple",
            ),
        ],
    },
    Case {
        number: 64,
        name: "a result that is a million levels deep",
        runs: &[guest("deep").says("trapped: call stack exhausted; a larger stack may help (Config::stack)")],
    },
    Case {
        number: 65,
        name: "calls of the host with what is none of its types",
        runs: &[
            component(
                job("(call $panicking (i32.const 3000) (i32.const 2)
                      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))")
                .fields("(data (i32.const 3000) \"\\ff\\fe\")"),
            )
            .says("trapped: invalid utf-8 sequence of 1 bytes from index 0"),
            component(job("(call $panicking (i32.const 64) (i32.const 2)
                  (i32.const 7) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                  (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))"))
            .says("trapped: invalid option discriminant"),
            component(job("(call $start (i32.const 1) (i32.const 64) (i32.const 1)
                  (i32.const 2) (i64.const 0) (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0)
                      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 4096))"))
            .says("trapped: invalid option discriminant"),
            // A name that lies nowhere, and one that is no text.
            component(job("(call $start (i32.const 1) (i32.const 64) (i32.const 1)
                  (i32.const 0) (i64.const 0) (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0)
                  (i32.const 1) (i32.const -1) (i32.const 2) (i32.const 4096))"))
            .says("trapped: string pointer/length out of bounds of memory"),
            component(job("(i32.store8 (i32.const 3000) (i32.const 0xff))
                (call $start (i32.const 1) (i32.const 64) (i32.const 1)
                  (i32.const 0) (i64.const 0) (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0)
                  (i32.const 1) (i32.const 3000) (i32.const 1) (i32.const 4096))"))
            .says("trapped: invalid utf-8 sequence of 1 bytes from index 0"),
            component(job("(call $completed (i32.const 4097))")).says("trapped: pointer not aligned"),
            component(job("(call $completed (i32.const -4))")).says("trapped: pointer out of bounds"),
            component(job("(call $panicking (i32.const 64) (i32.const 2)
                  (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                  (i32.const 65) (i32.const 1) (i32.const 0) (i32.const 0))"))
            .says("trapped: list pointer is not aligned"),
        ],
    },
    Case {
        number: 66,
        name: "a parent without the memory for a result",
        runs: &[guest("parent without memory")
            .says("ran out of memory: .. bytes, the limit is 16777216 (.memory())")],
    },
    Case {
        number: 67,
        name: "ten thousand results before one is taken",
        runs: &[guest("pile").on(&[1, 2]).prints("99990000\ncanary right\n").within(100)],
    },
    Case {
        number: 68,
        name: "room for a message where there is none",
        runs: &[
            component(job("").realloc("(return (i32.const -8))"))
                .says("trapped: realloc return: beyond end of memory"),
            component(job("").realloc("(return (i32.const 1048570))"))
                .says("trapped: realloc return: beyond end of memory"),
            component(job("").realloc("unreachable"))
                .says("trapped: wasm `unreachable` instruction executed"),
        ],
    },
    Case {
        number: 69,
        name: "who gives room for a message calls the host, or never ends",
        runs: &[
            component(job("").realloc("(call $cancel (i32.const 0))")).says(LEAVES),
            component(job("").realloc("(drop (call $subscribe))")).says(LEAVES),
            component(job("").realloc("(loop $again (br $again))")).on(&[1, 2]).says("took too long"),
        ],
    },
    Case {
        number: 70,
        name: "all bits of numbers, and texts without any",
        runs: &[guest("extremes").prints("all equal\ncanary right\n")],
    },
];
