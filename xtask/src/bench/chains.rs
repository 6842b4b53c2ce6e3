//! Chains of parallel iterators beside the same chains of rayon, on two cores; and the chains of std on one core,
//! in a guest beside a native program, which shows how much of the difference is the code of the engine.

use anyhow::{Context as _, Result, ensure};

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
        let parallel = pairs(guests, &[case, size]).with_context(|| what.to_owned())?;
        let sequential = pairs(guests, &[case, size, "sequential"]).with_context(|| what.to_owned())?;
        let ratios = |pairs: &[Pair]| pairs.iter().map(|pair| pair.ours / pair.native).collect();
        rows.push(Row {
            what: format!("{what}: native rayon"),
            rounds: vec![parallel.iter().map(|pair| pair.native).collect(), vec![1.0], Vec::new()],
            ..Row::default()
        });
        rows.push(Row {
            what: format!("{what}: ours"),
            rounds: vec![
                parallel.iter().map(|pair| pair.ours).collect(),
                ratios(&parallel),
                ratios(&sequential),
            ],
            budgets: vec![None, Some(budget), None],
            ..Row::default()
        });
        eprintln!("{:?}", rows.last().map(|row| (&row.what, row.medians())));
    }
    let about = "`benches/src/bin/chains.rs` on 2 cores, and the same chains with rayon on 2 native threads in \
                 `benches/examples/chain_peers.rs`: the median of nine rounds in one process. The data is sent \
                 to the jobs in each round; rayon shares it. The last column is the same chain of std, without \
                 a job, in a guest and in a native program: the part of the difference that is the code that \
                 the engine makes, with its checks for preemption.";
    let figures = ["time", "of native rayon", "one core, of native std"];
    Ok(Results::of_figures(about, "s", &figures, rows).with_gaps())
}

/// The seconds of a chain here and natively.
struct Pair {
    ours: f64,
    native: f64,
}

/// Runs both programs alternately with these arguments.
fn pairs(guests: &Guests, arguments: &[&str]) -> Result<Vec<Pair>> {
    let pair = |_| {
        let mut ours = guests.command(&["--cores", "2", "--memory", MEMORY], "chains");
        let mut native = guests.peer("chain_peers");
        let (ours, native) =
            (timed(ours.args(arguments))?, timed(native.args(arguments).env(THREADS.0, THREADS.1))?);
        ensure!(ours.0 == native.0, "not the same result as natively");
        Ok(Pair { ours: ours.1, native: native.1 })
    };
    (0..ROUNDS).map(pair).collect()
}
