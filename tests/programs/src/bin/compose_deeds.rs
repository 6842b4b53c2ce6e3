//! Jobs that call a component which this one is composed with: `compose_deeds WHAT AMOUNT` prints what
//! became of one, and that others are well.
use bindings::tests::deeds::deeds::{Deed, act};
use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

use guest_runtime::Failure;
use std::time::Duration;

mod bindings {
    wit_bindgen::generate!({ path: "../plugs/deeds/wit", world: "app" });
}

#[guest_runtime::parallel]
async fn deed(what: String, amount: u32) -> Result<Vec<String>, String> {
    act(&Deed { what, amount })
}

/// The first word says what is raced with a deed that never ends.
async fn cancelled(what: &str) {
    for n in 0..5 {
        let endless = || async { drop(deed(what.into(), 3600).par().await) };
        (endless(), endless(), endless(), sleep(Duration::from_millis(3))).race().await;
        println!("{n} {:?}", deed("echo".into(), 1).par().await);
    }
}

#[guest_runtime::main]
async fn main() {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let (what, amount) = (args[0].clone(), args.get(1).map_or(0, |amount| amount.parse().unwrap()));
    if let Some(what) = what.strip_prefix("cancel ") {
        return cancelled(what).await;
    }
    let echoes = || (0..20).map(|n| deed("echo".into(), n).par()).collect::<Vec<_>>();
    let (one, others) = (deed(what, amount).par().catch(), echoes().join()).join().await;
    match one {
        Ok(done) => println!("{done:?}"),
        Err(Failure::Trapped(trap)) => println!("{:?}\n{}", trap.code, trap.backtrace),
        Err(failure) => println!("{failure}"),
    }
    let again = echoes().join().await;
    let all = others.iter().chain(&again).map(|echo| echo.as_ref().unwrap().len()).sum::<usize>();
    println!("others: {all}");
}
