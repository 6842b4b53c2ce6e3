//! A GiB sent to jobs in chunks: time compared with memcpy, and memory use.

use anyhow::Result;

use super::Guests;
use super::data::timed;
use super::memory::peak_mib;
use super::protocol::Process;
use super::results::{Results, Row};

const ROUNDS: usize = 3;

/// On two cores it takes at most twice the time of memcpy.
const BUDGET: f64 = 2.0;

/// The memory limit. Below twice the size of the data, no instance would be kept warm.
const MEMORY: &str = "4GiB";

/// The memory budget: the data, the chunks of the jobs in progress, and as much again for their instances and
/// for the host.
const MOST_MIB: f64 = 1024.0 + 3.0 * 64.0;

/// The sizes of a chunk.
const SIZES: [(&str, &str); 2] = [("1 MiB", "1048576"), ("8 MiB", "8388608")];

/// The number of cores, and of chunks per job.
const CASES: [(&str, &str, &str); 4] = [
    ("a chunk in each job, 2 cores", "2", "1"),
    ("a chunk in each job, 1 core", "1", "1"),
    ("as many in a job as the runtime likes, 2 cores", "2", "0"),
    ("as many in a job as the runtime likes, 1 core", "1", "0"),
];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for (size_in_words, size) in SIZES {
        // Seconds of memcpy, seconds of a round trip, and MiB.
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
    let about = "Main lends a GiB of bytes to jobs by `par_chunks`, and the jobs XOR them. The columns are \
                 the seconds until all results are there, in the second of two rounds; their ratio to memcpy; \
                 the time of the same work in main; and the peak memory of the host, 1024 MiB of which are \
                 the data. At most 8 jobs are in progress at a time.";
    Ok(Results::of_figures(about, "s, and MiB", &["time", "of memcpy", "xor in main", "memory"], rows))
}
