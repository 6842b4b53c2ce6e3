//! The policies of placement under six loads: the data for choosing between work stealing and sharding, which
//! the essay asks for.

use anyhow::{Context as _, Result};

use super::compute::counts;
use super::guests::Guests;
use super::results::{Results, Row};

const ROUNDS: usize = 3;

/// The names of the loads for the programs, their descriptions, and whether jobs wait.
const LOADS: [(&str, &str, bool); 6] = [
    ("uniform", "uniform: jobs of 100 us, all submitted at once", false),
    ("skewed", "skewed: by Pareto's law, 20 us to 50 ms, all submitted at once", false),
    ("tree", "tree: each job has two, 13 deep and more, leaves of 100 us", false),
    ("bursty", "bursty: jobs of 100 us, for 20 ms of every 40", true),
    ("I/O", "I/O: 20 us and 2 ms of waiting, five times; 50 % utilization", true),
    ("mixed", "mixed: 50 us, 500 us and 15 ms, some wait; 60 % utilization", true),
];

#[derive(Debug, Clone, Copy)]
enum Variant {
    /// This project, with this value of `--placement`.
    Ours(&'static str),
    /// A peer, by its name for `placement_peers`, and its description.
    Native(&'static str, &'static str),
}

const ALL: [Variant; 7] = [
    Variant::Ours("steal"),
    Variant::Ours("sharded"),
    Variant::Ours("global"),
    Variant::Native("tokio", "native: tokio, work stealing"),
    Variant::Native("sharded", "native: tokio, one runtime per core"),
    Variant::Native("monoio", "native: monoio, one runtime per core"),
    Variant::Native("rayon", "native: rayon, work stealing"),
];

/// The figures: throughput, latencies, the share of jobs on other cores than that of main, and the share of
/// time in which the cores had no job.
const FIGURES: [&str; 6] = ["jobs/s", "p50 ms", "p99 ms", "p99.9 ms", "on other cores %", "idle %"];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for cores in counts(std::thread::available_parallelism()?.get()) {
        for (name, load, waits) in LOADS {
            let is_able = |variant: &&Variant| !(waits && matches!(variant, Variant::Native("rayon", _)));
            let all: Vec<_> = ALL.iter().filter(is_able).collect();
            let mut rounds = vec![vec![Vec::new(); FIGURES.len()]; all.len()];
            for _ in 0..ROUNDS {
                for (variant, rounds) in all.iter().zip(&mut rounds) {
                    let figures = variant.run(guests, name, cores)?;
                    figures.iter().zip(rounds).for_each(|(figure, rounds)| rounds.push(*figure));
                }
            }
            let s = if cores == 1 { "" } else { "s" };
            for (variant, rounds) in all.into_iter().zip(rounds) {
                let what = format!("{cores} core{s}, {load}: {}", variant.describe());
                rows.push(Row { what, rounds, ..Row::default() });
                eprintln!("{:?}", rows.last().map(|row| (&row.what, row.medians())));
            }
        }
    }
    let about = "The same loads under `--placement steal`, `sharded` and `global`, as tasks of tokio with \
                 work stealing, as tasks of tokio and of monoio with one runtime per core in round-robin \
                 order, and with rayon if nothing waits (`benches/src/workload.rs`). The columns are jobs \
                 per second, latency from the scheduled start, the share of jobs that ran on other cores \
                 than that of `main`, and the share of time in which the cores had no job.";
    Ok(Results::of_figures(about, "", &FIGURES, rows).with_gaps())
}

impl Variant {
    /// Runs a load, and returns its [`FIGURES`]; 0 for those that a peer does not report.
    fn run(self, guests: &Guests, load: &str, cores: usize) -> Result<Vec<f64>> {
        let cores = cores.to_string();
        let mut command = match self {
            Self::Ours(placement) => {
                let options = ["--cores", &cores, "--placement", placement, "--stats"];
                let mut command = guests.command(&options, "placement");
                command.args([load, &cores]);
                command
            }
            Self::Native(variant, _) => {
                let mut command = guests.peer("placement_peers");
                command.args([variant, load, &cores]);
                command
            }
        };
        let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
        let (stdout, stderr) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let numbers = stdout.lines().map(str::parse).collect::<Result<Vec<f64>, _>>();
        let mut figures = numbers
            .ok()
            .filter(|numbers| numbers.len() == 4)
            .with_context(|| format!("{command:?} does not say how it went: {stdout}{stderr}"))?;
        if let Self::Ours(_) = self {
            let [elsewhere, idle] = placed(&stderr).with_context(|| format!("no statistics: {stderr}"))?;
            figures.extend([elsewhere, idle]);
        }
        Ok(figures)
    }

    fn describe(self) -> String {
        match self {
            Self::Ours(placement) => placement.to_owned(),
            Self::Native(_, words) => words.to_owned(),
        }
    }
}

/// Parses the statistics of `--stats`. Returns the percentage of jobs that did not run on the core with most
/// jobs, and the percentage of time in which the cores were idle.
fn placed(stats: &str) -> Option<[f64; 2]> {
    let numbers = |name: &str| {
        let line = stats.lines().find_map(|line| line.strip_prefix(name))?;
        let line = line.split(" of ").next()?.replace('%', "");
        line.split(',').map(|number| number.trim().parse().ok()).collect::<Option<Vec<f64>>>()
    };
    let (jobs, busy) = (numbers("by core")?, numbers("busy")?);
    let most = jobs.iter().copied().fold(0.0, f64::max);
    let elsewhere = 100.0 * (1.0 - most / jobs.iter().sum::<f64>());
    Some([elsewhere, 100.0 - busy.iter().sum::<f64>() / busy.len() as f64])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_understood() {
        let stats = "jobs       4\nby core    3, 1\nbusy       90 %, 70 % of 1.0s\nqueued     1us\n";
        assert_eq!(placed(stats), Some([25.0, 20.0]));
        assert_eq!(placed("jobs 4\n"), None);
    }
}
