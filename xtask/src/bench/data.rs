//! Parallel work on data, sorting and multiplying, compared with sequential code and with rayon.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::guests::Guests;
use super::results::{Results, Row};

const ROUNDS: usize = 5;

/// As many threads of rayon as this project has cores.
const THREADS: (&str, &str) = ("RAYON_NUM_THREADS", "2");

/// The budget: the maximum ratio of the time on two cores to that of one thread in a component.
const BUDGET: f64 = 1.0 / 1.6;

/// The names of the workloads, the arguments of the peers, their sizes, and the peers that implement them.
const CASES: [(&str, &str, &str, &[Variant]); 2] = [
    (
        "sort of 50 million u32",
        "sort",
        "50000000",
        &[
            Variant::Ours("2"),
            Variant::Ours("1"),
            Variant::Component("plain"),
            Variant::Component("rayon"),
            Variant::Native("plain"),
            Variant::Native("rayon"),
            Variant::Native("rayon's own"),
        ],
    ),
    (
        "product of 1024 x 1024 f32",
        "matmul",
        "1024",
        &[
            Variant::Ours("2"),
            Variant::Ours("1"),
            Variant::Component("plain"),
            Variant::Component("rayon"),
            Variant::Native("plain"),
            Variant::Native("rayon"),
        ],
    ),
];

/// The variant that all others are compared with.
const ONE_THREAD: Variant = Variant::Component("plain");

#[derive(Clone, Copy, PartialEq, Eq)]
enum Variant {
    /// The example, on this many cores.
    Ours(&'static str),
    /// `data_peers` under the host.
    Component(&'static str),
    /// `data_peers` as a native program.
    Native(&'static str),
}

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for (what, case, size, all) in CASES {
        let mut times = vec![Vec::new(); all.len()];
        let mut checksums = Vec::new();
        for _ in 0..ROUNDS {
            for (variant, times) in all.iter().zip(&mut times) {
                let (checksum, seconds) = timed(&mut variant.command(guests, case, size))?;
                checksums.push(checksum);
                times.push(seconds);
            }
        }
        ensure!(checksums.iter().all(|checksum| *checksum == checksums[0]), "{what}: not all the same");
        let one_thread = all.iter().zip(&times).find(|(variant, _)| **variant == ONE_THREAD);
        let (_, one_thread) = one_thread.context("there is none to compare with")?;
        for (variant, times) in all.iter().zip(&times) {
            let ratios = times.iter().zip(one_thread).map(|(time, one)| time / one).collect();
            let budget = (*variant == Variant::Ours("2")).then_some(BUDGET);
            let budgets = if budget.is_some() { vec![None, budget] } else { Vec::new() };
            let what = format!("{what}: {}", variant.describe());
            rows.push(Row { what, rounds: vec![times.clone(), ratios], budgets, ..Row::default() });
            eprintln!("{:?}", rows.last().map(|row| (&row.what, row.medians())));
        }
    }
    let about = "`examples/sort.rs` and `examples/matmul`, and the same algorithms with the same leaves in \
                 `benches/examples/data_peers.rs`: with rayon's `join` and `par_chunks_mut` on 2 native \
                 threads, with rayon in a component, where it has no threads, and sequentially. Without \
                 generating and verifying the data; all results are the same.";
    Ok(Results::of_figures(about, "s", &["time", "of one thread in a component"], rows))
}

impl Variant {
    fn command(self, guests: &Guests, case: &str, size: &str) -> Command {
        let mut command = match self {
            Self::Ours(cores) => {
                let mut command = guests.command(&["--cores", cores], case);
                command.arg(size);
                return command;
            }
            Self::Component(_) => guests.command(&["--cores", "2"], "examples/data_peers"),
            Self::Native(_) => guests.peer("data_peers"),
        };
        let (Self::Ours(variant) | Self::Component(variant) | Self::Native(variant)) = self;
        command.args([case, variant, size]).env(THREADS.0, THREADS.1);
        command
    }

    fn describe(self) -> String {
        match self {
            Self::Ours("1") => "ours, 1 core".to_owned(),
            Self::Ours(cores) => format!("ours, {cores} cores"),
            Self::Component("plain") => "one thread, in a component".to_owned(),
            Self::Component(variant) => format!("{variant}, in a component"),
            Self::Native("plain") => "native: one thread".to_owned(),
            Self::Native("rayon's own") => "native: `par_sort_unstable` of rayon".to_owned(),
            Self::Native(variant) => format!("native: {variant}"),
        }
    }
}

/// Runs a program to its end. Returns the checksum at the end of its stdout, and the seconds at the end of its
/// stderr.
pub(super) fn timed(command: &mut Command) -> Result<(String, f64)> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{command:?} failed: {stderr}");
    let both = checksum(&stdout).zip(seconds(&stderr));
    both.with_context(|| format!("{command:?} does not say what came out: {stdout}{stderr}"))
}

/// Returns the checksum of a line such as `50000000 numbers, checksum 8f3f5c1471522205`.
fn checksum(stdout: &str) -> Option<String> {
    Some(stdout.trim_end().rsplit_once("checksum ")?.1.to_owned())
}

/// Returns the seconds of a line such as `sorted in 0.35 s`.
pub(super) fn seconds(stderr: &str) -> Option<f64> {
    let (_, said) = stderr.trim_end().strip_suffix(" s")?.rsplit_once(" in ")?;
    said.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_says_is_understood() {
        let script = "echo '5 numbers, checksum 0f'; echo 'sorted in 3.00 s\nsorted in 0.35 s' >&2";
        let said = timed(Command::new("sh").args(["-c", script])).unwrap();
        assert_eq!(said, ("0f".to_owned(), 0.35));
        assert!(timed(Command::new("sh").args(["-c", "echo checksum 1"])).is_err(), "there is no time");
        assert!(timed(Command::new("sh").args(["-c", &format!("{script}; exit 1")])).is_err(), "it failed");
    }
}
