//! A plug that fails on request: it traps, panics, exits, exhausts memory, or never returns.
use std::hint::black_box;
use std::process;
use std::thread;
use std::time::{Duration, Instant};

use bindings::exports::tests::faults::faults::{Fault, Guest};

#[expect(unsafe_code, reason = "an export is unsafe code, which wit-bindgen writes")]
mod bindings {
    use super::Plug;

    wit_bindgen::generate!({ path: "wit", world: "plug" });
    export!(Plug);
}

struct Plug;

impl Guest for Plug {
    fn act(fault: Fault) -> Result<Vec<String>, String> {
        let amount = fault.amount as usize;
        match fault.what.as_str() {
            "echo" => return Ok(vec![fault.what; amount]),
            "refuse" => return Err(format!("{amount} refused")),
            "print" => println!("{amount} printed"),
            "panic" => panic!("{amount} is no luck"),
            "trap" => trapping_call(),
            "overflow" => _ = black_box(descend(amount)),
            "exit" => process::exit(i32::from(amount > 0)),
            "memory" => _ = black_box(vec![1_u8; amount]),
            "compute" => loop {
                std::hint::spin_loop();
            },
            "wait" => thread::sleep(Duration::from_secs(amount as u64)),
            "clock" => (0..amount).for_each(|_| _ = black_box(Instant::now())),
            what => return Err(format!("what is {what:?}?")),
        }
        Ok(Vec::new())
    }
}

/// Traps. The test looks for this function's name in the backtrace.
#[inline(never)]
fn trapping_call() {
    process::abort();
}

fn descend(n: usize) -> usize {
    if black_box(n) == 0 { 0 } else { descend(black_box(n + 1)) + 1 }
}
