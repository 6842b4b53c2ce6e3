//! An init runs once in each instance, before its first job, with the value of main; also for jobs of jobs.
use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use guest_runtime::prelude::*;
use guest_runtime::{Error, Failure};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
struct Config {
    name: String,
    depth: u32,
}

static CONFIG: OnceLock<Config> = OnceLock::new();
static CALLS: AtomicU32 = AtomicU32::new(0);

thread_local! {
    static JOBS: Cell<u32> = const { Cell::new(0) };
}

async fn set_up(config: Config) -> Result<(), Error> {
    CALLS.fetch_add(1, Ordering::Relaxed);
    CONFIG.set(config).map_err(|config| Error::msg(format_args!("{} is set up again", config.name)))
}

/// Returns the depth of the configuration below this job, and how often this instance was set up.
#[guest_runtime::parallel]
async fn descend(level: u32) -> Result<(u32, u32), Error> {
    let config = CONFIG.get().ok_or_else(|| Error::msg("not set up"))?;
    JOBS.set(JOBS.get() + 1);
    let calls = CALLS.load(Ordering::Relaxed);
    if level == config.depth {
        return Ok((level, calls));
    }
    let (left, right) = (descend(level + 1).par(), descend(level + 1).par()).join().await;
    Ok((left?.0.min(right?.0), calls))
}

#[guest_runtime::main]
async fn main() -> Result<(), Error> {
    let before = (async || CONFIG.get().is_none()).par().await;
    println!("before: {before}");

    let config = Config { name: "a".repeat(100_000), depth: 3 };
    guest_runtime::init(set_up, config).await?;
    println!("main: {:?}", CONFIG.get().map(|config| config.name.len()));

    let jobs: Vec<_> = (0..200).map(|_| descend(1).par()).collect();
    let results = jobs.join().await.into_iter().collect::<Result<Vec<_>, _>>()?;
    println!("all: {}", results.iter().all(|&result| result == (3, 1)));
    println!("fresh: {:?}", descend(3).par().fresh().await?);

    // The argument arrives as without an init, whatever its type.
    let mut numbers = vec![3_u64; 300_000];
    (async |numbers: &mut [u64]| numbers.fill(4)).par_on(&mut numbers[..]).await;
    println!("{}", numbers.iter().all(|&n| n == 4));

    // Only main calls it. In a job that is a panic.
    let again = (async || guest_runtime::init(set_up, Config { name: String::new(), depth: 0 }).await).par();
    println!("{}", matches!(again.catch().await, Err(Failure::Panicked(_))));
    Ok(())
}
