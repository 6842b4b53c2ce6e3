//! Filters records with a plugin: on all cores by this library, and by hand with a bare engine.
//!
//! ```sh
//! cargo build --release --target wasm32-wasip2 -p records
//! cargo run --release -p parallel-host --example filter -- target/wasm32-wasip2/release/records.wasm 1000000
//! ```
//!
//! `library.rs` is all that a program needs. `by_hand.rs` does the same with a bare engine, on one thread and on a
//! pool of threads, without limits of time and memory, and without an end for a plugin that loops: that is what the
//! library adds, and its code is a third as long. All three keep the same records.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]

mod by_hand;
mod library;
mod record;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use record::Entry;

/// How many records each call takes.
const BATCH: usize = 200;

/// How many records there are, if the command line does not say.
const RECORDS: usize = 1_000_000;

/// Counts the records that the plugin keeps, with this many threads.
type Filter = fn(&Path, &[Entry], usize) -> Result<usize, Box<dyn Error>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let plugin = args.next().ok_or("name a plugin: filter PLUGIN.wasm [RECORDS]")?;
    let records = args.next().map_or(Ok(RECORDS), |records| records.parse())?;
    let entries = record::entries(records);
    let cores = std::thread::available_parallelism()?.get();
    let ways: [(&str, Filter, usize); 3] = [
        ("a bare engine, one thread", by_hand::filter, 1),
        ("a bare engine, a pool by hand", by_hand::filter, cores),
        ("this library, all cores", library::filter, cores),
    ];
    let mut kept = None;
    for (name, filter, threads) in ways {
        let start = Instant::now();
        let found = filter(Path::new(&plugin), &entries, threads)?;
        println!("{name}: {found} of {records} records in {:.2?}", start.elapsed());
        if *kept.get_or_insert(found) != found {
            return Err(format!("{name} keeps {found} records, and others {kept:?}").into());
        }
    }
    Ok(())
}
