//! Bytes sent to a job, and returned by it, compared with memcpy and with the same call of a bare engine.

use std::process::Command;

use anyhow::Result;

use super::guests::Guests;
use super::protocol::Process;
use super::results::{Results, Row};

const ROUNDS: usize = 3;

/// The sizes. The last one is slightly below the limit of a message.
const SIZES: [(&str, usize); 7] = [
    ("0 B", 0),
    ("1 KiB", 1 << 10),
    ("64 KiB", 64 << 10),
    ("1 MiB", 1 << 20),
    ("16 MiB", 16 << 20),
    ("64 MiB", 64 << 20),
    ("255 MiB", 255 << 20),
];

/// The name of each direction, the argument of the programs for it, and its number of copies.
const WAYS: [(&str, &str, usize); 2] = [("one way", "take", 2), ("round trip", "echo", 4)];

const VARIANTS: [&str; 3] = ["guest-runtime", "memcpy", "bare wasmtime"];
const COLUMNS: [&str; VARIANTS.len()] = ["ours", "memcpy", "bare"];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for (way, what, copies) in WAYS {
        for (size_in_words, size) in SIZES {
            let mut rounds = vec![Vec::new(); VARIANTS.len()];
            for _ in 0..ROUNDS {
                let mut ours = guests.command(&["--cores", "2"], "message_sizes");
                rounds[0].push(said(ours.args([what, &size.to_string()]))?);
                // Copying zero bytes takes no time, so there is no ratio.
                if size > 0 {
                    let mut memcpy = guests.peer("memcpy");
                    rounds[1].push(said(memcpy.args([copies.to_string(), size.to_string()]))?);
                }
                rounds[2].push(said(&mut guests.bare_engine(what, size))?);
            }
            let (id, what) = (format!("{size}/{what}"), format!("{size_in_words}, {way}"));
            let row = Row { id, what, amount: Some(size as f64), rounds, ..Row::default() };
            eprintln!("{}: {:?}", row.what, row.medians());
            rows.push(row);
        }
    }
    let about = "A `Vec<u8>` as the argument of a job that returns `()`, and of one that returns it: from \
                 the call to the value, one at a time, with `--cores 2`. memcpy is two copies one way and \
                 four for a round trip, between buffers in warm memory. The bare engine is called with the \
                 same bytes in one instance. The largest message is slightly smaller than `--max-message`.";
    Ok(Results::of_peers(about, "us", &VARIANTS, rows).with_columns(COLUMNS).with_gaps())
}

fn said(command: &mut Command) -> Result<f64> {
    Process::start(command)?.number()
}
