//! An init that fails in the instance of a job is the failure of the job, and the next job is not affected.
use std::fs;

use guest_runtime::prelude::*;
use guest_runtime::{Context, Error};

/// Fails in the instance that finds the file, which it removes.
async fn set_up(how: String) -> Result<(), Error> {
    if fs::remove_file("/once").is_err() {
        return Ok(());
    }
    match how.as_str() {
        "panic" => panic!("no luck"),
        "error" => fs::read("/missing").map(drop).context("cannot read the table"),
        _ => {
            guest_runtime::time::sleep(std::time::Duration::from_secs(600)).await;
            Ok(())
        }
    }
}

#[guest_runtime::main]
async fn main() -> Result<(), Error> {
    let how = std::env::args().nth(1).unwrap();
    guest_runtime::init(set_up, how.clone()).await?;
    fs::write("/once", "")?;
    let job = (async || 7).par().catch();
    if how == "wait" {
        let timeout = std::time::Duration::from_millis(50);
        println!("{}", job.timeout(timeout).await.unwrap_err());
    } else {
        let failure = job.await.unwrap_err().to_string();
        println!("{}", failure.split_once(": ").unwrap().1);
    }
    println!("{}", (async || 7).par().await);
    Ok(())
}
