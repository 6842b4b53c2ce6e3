//! Misuse of garbage collection, exceptions, tables and names: cases 96 to 99, and 101.
//!
//! What a job allocates in them counts as its memory, and no instruction takes so long that a tick is late.

use std::time::Duration;

use crate::case::{Case, Run, component};
use crate::wat::{Wat, job};

const CORES: &[usize] = &[1, 2];

/// In MiB. The job may have 8, and so may the half of its heap that a collection copies to.
const BOUND: u64 = 64;

const LIST: &str = "(type $list (struct (field (ref null $list)) (field i64)))
    (type $bytes (array (mut i8)))
    (global $list (mut (ref null $list)) (ref.null $list))";

/// The C++ name of a function with 36 types, each of which has the one before it twice. As text, it is longer than
/// all memory.
macro_rules! doubling {
    () => {
        concat!(
            "_Z1f1aIiiE",
            "S_IS0_S0_ES_IS1_S1_ES_IS2_S2_ES_IS3_S3_ES_IS4_S4_ES_IS5_S5_ES_IS6_S6_ES_IS7_S7_ES_IS8_S8_E",
            "S_IS9_S9_ES_ISA_SA_ES_ISB_SB_ES_ISC_SC_ES_ISD_SD_ES_ISE_SE_ES_ISF_SF_ES_ISG_SG_ES_ISH_SH_E",
            "S_ISI_SI_ES_ISJ_SJ_ES_ISK_SK_ES_ISL_SL_ES_ISM_SM_ES_ISN_SN_ES_ISO_SO_ES_ISP_SP_ES_ISQ_SQ_E",
            "S_ISR_SR_ES_ISS_SS_ES_IST_ST_ES_ISU_SU_ES_ISV_SV_ES_ISW_SW_ES_ISX_SX_ES_ISY_SY_ES_ISZ_SZ_E",
        )
    };
}

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
    Case {
        number: 101,
        name: "a function whose name in the backtrace of a trap is longer than all memory",
        runs: &[runs(job(concat!("(call $", doubling!(), ")")).fields(concat!(
            "(func $",
            doubling!(),
            " unreachable)"
        )))
        .says("trapped: wasm `unreachable` instruction executed")
        .idle_but(Duration::from_secs(1))],
    },
];
