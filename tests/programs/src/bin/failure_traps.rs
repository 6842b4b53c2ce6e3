//! Each way to trap is a failure of that job, with a code; siblings and later jobs are unharmed.
use std::hint::black_box;

use guest_runtime::Failure;
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn trap(how: String) -> u32 {
    match how.as_str() {
        "abort" => std::process::abort(),
        "small frames" => small(1),
        "large frames" => u32::from(large(&[1; 1 << 16])),
        "wild load" => {
            #[expect(unsafe_code, reason = "traps on purpose")]
            // SAFETY: it is not safe, natively; here the address is past the end of the memory.
            unsafe {
                black_box(0xffff_fff0 as *const u32).read_volatile()
            }
        }
        "wild call" => {
            #[expect(unsafe_code, reason = "traps on purpose")]
            // SAFETY: it is not safe, natively; here the table has no function of this number.
            let function = unsafe { std::mem::transmute::<usize, fn(u32) -> u32>(black_box(0x00ff_fff0)) };
            function(1)
        }
        "wrong call" => {
            #[expect(unsafe_code, reason = "traps on purpose")]
            // SAFETY: it is not safe, natively; here a call with a wrong signature traps.
            let function =
                unsafe { std::mem::transmute::<usize, fn(u32) -> u32>(black_box(nothing as fn() as usize)) };
            function(1)
        }
        "divide" => 1 / black_box(0),
        _ => 7,
    }
}

fn nothing() {}

fn small(n: u32) -> u32 {
    if black_box(n) == 0 { 0 } else { small(black_box(n + 1)) + 1 }
}

fn large(frame: &[u8; 1 << 16]) -> u8 {
    let mut next = black_box(*frame);
    if black_box(next[0]) != 0 {
        next[0] = large(&next);
    }
    black_box(next[0])
}

#[guest_runtime::main]
async fn main() {
    let hows = ["abort", "small frames", "large frames", "wild load", "wild call", "wrong call", "divide"];
    for how in hows {
        let [bad, good] = [how, "not at all"].map(|how| trap(how.into()).par().catch());
        let (bad, good) = (bad, good).join().await;
        assert_eq!(good, Ok(7), "beside {how}");
        match bad.unwrap_err() {
            Failure::Trapped(trap) => {
                println!("{how}: {:?}", trap.code);
                assert!(trap.backtrace.contains("failure_traps"), "{how}: {}", trap.backtrace);
            }
            other => println!("{how}: {}", other.to_string().rsplit(": ").next().unwrap()),
        }
    }
    let again: Vec<_> = (0..100).map(|_| trap("not at all".into()).par()).collect();
    println!("{}", again.join().await.into_iter().sum::<u32>());
}
