//! The time and the memory of sending a GiB to jobs in chunks, compared with memcpy.

use anyhow::Result;

use super::data::timed;
use super::guests::Guests;
use super::memory::peak_mib;
use super::protocol::Process;
use super::results::{Results, Row};

const ROUNDS: usize = 3;

/// The budget: on two cores, at most this many times the time of memcpy.
const BUDGET: f64 = 2.0;

/// The memory that all instances may have together. With less than twice the data, no instance would be
/// kept warm.
const MEMORY: &str = "4GiB";

/// The budget for the memory of the host: the data, the chunks of jobs in flight, and twice as much for their
/// instances and the host.
const MOST_MIB: f64 = 1024.0 + 3.0 * 64.0;

/// The sizes of a chunk in bytes.
const SIZES: [(&str, &str); 2] = [("1 MiB", "1048576"), ("8 MiB", "8388608")];

/// The names of the cases, the number of cores, and the chunks per job.
const CASES: [(&str, &str, &str); 4] = [
    ("one chunk per job, 2 cores", "2", "1"),
    ("one chunk per job, 1 core", "1", "1"),
    ("batch size chosen by the runtime, 2 cores", "2", "0"),
    ("batch size chosen by the runtime, 1 core", "1", "0"),
];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for (size_in_words, size) in SIZES {
        // For each case: the seconds of both numbers that the guest prints, and the peak memory in MiB.
        let mut memcpy = Vec::new();
        let mut measured = vec![[Vec::new(), Vec::new(), Vec::new()]; CASES.len()];
        for _ in 0..ROUNDS {
            memcpy.push(timed(guests.peer("data_peers").args(["chunks", "memcpy", size]))?.1);
            for ((_, cores, grain), measured) in CASES.iter().zip(&mut measured) {
                let mut command = guests.command(&["--cores", cores, "--memory", MEMORY], "chunks");
                let guest = Process::start(command.args([size, grain]))?;
                measured[0].push(guest.number()?);
                measured[1].push(guest.number()?);
                measured[2].push(peak_mib(guest.pid())?);
            }
        }
        let what = format!("{size_in_words}: native memcpy, from a GiB to one place");
        rows.push(Row { what, rounds: vec![memcpy.clone(), vec![1.0]], ..Row::default() });
        for ((what, cores, grain), [there, here, memory]) in CASES.iter().zip(measured) {
            let ratios = there.iter().zip(&memcpy).map(|(time, memcpy)| time / memcpy).collect();
            let budget = ((*cores, *grain) == ("2", "1")).then_some(BUDGET);
            rows.push(Row {
                what: format!("{size_in_words}: {what}"),
                rounds: vec![there, ratios, here, memory],
                budgets: vec![None, budget, None, Some(MOST_MIB)],
                ..Row::default()
            });
        }
    }
    rows.iter().for_each(|row| eprintln!("{}: {:?}", row.what, row.medians()));
    let about = "A GiB of bytes in `main`, lent by `par_chunks` to jobs that xor all of it: the seconds \
                 until all results are available, in the second of two rounds; the ratio to memcpy; the \
                 same work in `main`; and the peak memory of the host, of which the data is 1024 MiB. At \
                 most 8 jobs are in flight.";
    Ok(Results::of_figures(about, "s, and MiB", &["time", "of memcpy", "xor in main", "memory"], rows))
}
