//! Misuse of garbage collection, exceptions and tables: cases 96 to 99.
//!
//! What a job allocates in them counts as its memory, and no instruction takes so long that a tick is late.

use crate::case::{Case, Run, component};
use crate::wat::{Wat, job};

const CORES: &[usize] = &[1, 2];

/// In MiB. The job may have 8, and so may the half of its heap that a collection copies to.
const BOUND: u64 = 64;

const LIST: &str = "(type $list (struct (field (ref null $list)) (field i64)))
    (type $bytes (array (mut i8)))
    (global $list (mut (ref null $list)) (ref.null $list))";

const fn runs(wat: Wat) -> Run {
    component(wat).on(CORES).within(BOUND)
}

pub(crate) const CASES: &[Case] = &[
    Case {
        number: 96,
        name: "objects that are all kept, and one that is too large",
        runs: &[
            runs(
                job("(loop $again
                       (global.set $list (struct.new $list (global.get $list) (i64.const 0)))
                       (br $again))")
                .fields(LIST),
            )
            .says("out of memory, by .memory()"),
            runs(job("(drop (array.new_default $bytes (i32.const 0x3fffffff)))").fields(LIST))
                .says("out of memory, by .memory()"),
        ],
    },
    Case {
        number: 97,
        name: "garbage without an end, beside a list that is copied each time",
        runs: &[
            runs(
                job("(loop $again (drop (array.new_default $bytes (i32.const 65536))) (br $again))")
                    .fields(LIST),
            )
            .says("took too long"),
            runs(
                job("(loop $more
                       (global.set $list (struct.new $list (global.get $list) (i64.const 0)))
                       (local.set $i (i32.add (local.get $i) (i32.const 1)))
                       (br_if $more (i32.lt_u (local.get $i) (i32.const 20000))))
                     (loop $again (drop (array.new_default $bytes (i32.const 4096))) (br $again))")
                .fields(LIST),
            )
            .says("took too long"),
        ],
    },
    Case {
        number: 98,
        name: "exceptions: without an end, and one that nothing catches",
        runs: &[
            runs(
                job("(loop $again
                       (block $caught (result i32)
                         (try_table (catch $error $caught) (throw $error (i32.const 1)))
                         (unreachable))
                       (drop)
                       (br $again))")
                .fields("(tag $error (param i32))"),
            )
            .says("took too long"),
            runs(job("(throw $error (i32.const 1))").fields("(tag $error (param i32))"))
                .says("trapped: an exception that nothing caught"),
        ],
    },
    Case {
        number: 99,
        name: "large tables: filled and copied without an end, and larger than the job may have",
        runs: &[
            runs(
                job("(loop $again
                       (table.fill $t (i32.const 0) (ref.null func) (i32.const 900000))
                       (table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 899999))
                       (br $again))")
                .fields("(table $t 900000 funcref)")
                .memory("16000000"),
            )
            .says("took too long"),
            runs(job("").fields("(table 3000000 funcref)")).says("out of memory, by .memory()"),
        ],
    },
];
