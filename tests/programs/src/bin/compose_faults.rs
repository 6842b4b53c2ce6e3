//! Jobs that call a plug: `compose_faults WHAT AMOUNT` prints the result of one call that may fail, and
//! checks that other jobs are not affected. `compose_faults 'uncaught WHAT' DEPTH` calls it in nested jobs.
use bindings::tests::faults::faults::{Fault, act};
use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

use guest_runtime::Failure;
use std::time::Duration;

mod bindings {
    wit_bindgen::generate!({ path: "../plugs/faults/wit", world: "app" });
}

#[guest_runtime::parallel]
async fn fault(what: String, amount: u32) -> Result<Vec<String>, String> {
    act(&Fault { what, amount })
}

/// Calls the plug in a job with this many jobs around it, none of which catches a failure.
#[guest_runtime::parallel]
async fn nested(what: String, depth: u32) {
    match depth {
        0 => drop(act(&Fault { what, amount: 1 })),
        _ => nested(what, depth - 1).par().await,
    }
}

/// Races calls of the plug that never return against a timer, and then checks that the plug still works.
async fn cancelled(what: &str) {
    for n in 0..5 {
        let endless = || async { drop(fault(what.into(), 3600).par().await) };
        (endless(), endless(), endless(), sleep(Duration::from_millis(3))).race().await;
        println!("{n} {:?}", fault("echo".into(), 1).par().await);
    }
}

#[guest_runtime::main]
async fn main() {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let (what, amount) = (args[0].clone(), args.get(1).map_or(0, |amount| amount.parse().unwrap()));
    if let Some(what) = what.strip_prefix("cancel ") {
        return cancelled(what).await;
    }
    if let Some(what) = what.strip_prefix("uncaught ") {
        return nested(what.into(), amount).par().await;
    }
    let echoes = || (0..20).map(|n| fault("echo".into(), n).par()).collect::<Vec<_>>();
    let (one, others) = (fault(what, amount).par().catch(), echoes().join()).join().await;
    match one {
        Ok(done) => println!("{done:?}"),
        Err(Failure::Trapped(trap)) => println!("{:?}\n{}", trap.code, trap.backtrace),
        Err(failure) => println!("{failure}"),
    }
    let again = echoes().join().await;
    let all = others.iter().chain(&again).map(|echo| echo.as_ref().unwrap().len()).sum::<usize>();
    println!("others: {all}");
}
