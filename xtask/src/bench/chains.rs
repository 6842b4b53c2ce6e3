//! Chains of parallel iterators beside the same chains of rayon, on two cores.

use anyhow::{Result, ensure};

use super::Guests;
use super::data::timed;
use super::results::{Results, Row};

const ROUNDS: usize = 5;

/// As many threads as ours has cores.
const THREADS: (&str, &str) = ("RAYON_NUM_THREADS", "2");

/// The data of all instances together.
const MEMORY: &str = "4GiB";

/// What is done, its name in `benches/src/bin/chains.rs`, how large it is, and how many times as long as with
/// rayon it may take.
const CASES: [(&str, &str, &str, f64); 6] = [
    ("map, filter and sum of 5 million f64", "sum", "5000000", 2.0),
    ("dot product of 5 million f64", "dot", "5000000", 2.5),
    ("largest of 5 million f64 with its number", "max", "5000000", 2.5),
    ("a `HashMap` of 500,000 entries", "collect", "500000", 1.5),
    ("a column of 200 MB of lines", "csv", "200000000", 1.7),
    ("word count of 200 MB of text", "words", "200000000", 1.8),
];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for (what, case, size, budget) in CASES {
        let (mut ours, mut rayon) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let mut checksums = Vec::new();
            for (mut command, times) in [
                (guests.command(&["--cores", "2", "--memory", MEMORY], "chains"), &mut ours),
                (guests.peer("chain_peers"), &mut rayon),
            ] {
                let (checksum, seconds) = timed(command.args([case, size]).env(THREADS.0, THREADS.1))?;
                checksums.push(checksum);
                times.push(seconds);
            }
            ensure!(checksums[0] == checksums[1], "{what}: not the same result as with rayon");
        }
        let ratios = ours.iter().zip(&rayon).map(|(ours, rayon)| ours / rayon).collect();
        rows.push(Row {
            what: format!("{what}: native rayon"),
            rounds: vec![rayon, vec![1.0]],
            ..Row::default()
        });
        rows.push(Row {
            what: format!("{what}: ours"),
            rounds: vec![ours, ratios],
            budgets: vec![None, Some(budget)],
            ..Row::default()
        });
        eprintln!("{:?}", rows.last().map(|row| (&row.what, row.medians())));
    }
    let about = "`benches/src/bin/chains.rs` on 2 cores, and the same chains with rayon on 2 native threads in \
                 `benches/examples/chain_peers.rs`: the median of nine rounds in one process. The data is sent \
                 to the jobs in each round; rayon shares it.";
    Ok(Results::of_figures(about, "s", &["time", "of native rayon"], rows))
}
