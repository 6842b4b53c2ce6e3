//! Main ends as its argument says, while a job of its own is running.
use std::process::ExitCode;
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

async fn end() -> Result<ExitCode, String> {
    print!("flushed ");
    match std::env::args().nth(1).unwrap().as_str() {
        "ok" => Ok(ExitCode::SUCCESS),
        "failure" => Ok(ExitCode::FAILURE),
        "err" => Err("main's reason".into()),
        "exit" => std::process::exit(3),
        "panic" => panic!("main's words"),
        "abort" => std::process::abort(),
        code => guest_runtime::exit(code.parse().unwrap()),
    }
}

#[guest_runtime::main]
async fn main() -> Result<ExitCode, String> {
    let long = async {
        (async || sleep(Duration::from_secs(3600)).await).par().await;
        Ok(ExitCode::SUCCESS)
    };
    let short = async {
        sleep(Duration::from_millis(2)).await;
        end().await
    };
    (long, short).race().await
}
