//! Examples that only compute, on one core and on more, compared with sequential code and with rayon. Whole
//! commands are measured, from the start of the process to its end.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use super::guests::Guests;
use super::results::{Results, Row};
use crate::command::target_dir;

const ROUNDS: usize = 3;

/// A workload: the example and its arguments, the equivalent for the peers, and the file with the result.
pub(super) struct Case {
    pub(super) what: &'static str,
    pub(super) example: &'static str,
    args: &'static [&'static str],
    /// The file that the program writes, if it does not print its result.
    output: Option<&'static str>,
    /// The arguments of `compute_peers`.
    peers: &'static str,
}

pub(super) const CASES: [Case; 3] = [
    Case {
        what: "primes below 5 million",
        example: "primes",
        args: &["5000000"],
        output: None,
        peers: "5000000",
    },
    Case {
        what: "mandelbrot, 1280 x 800",
        example: "mandelbrot",
        args: &["-o", "picture.png"],
        output: Some("picture.png"),
        peers: "picture.png",
    },
    Case {
        what: "pgzip of 64 MiB of text",
        example: "pgzip",
        args: &["-c", "text"],
        output: None,
        peers: "text",
    },
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variant {
    /// The example, on this many cores.
    Ours(usize),
    /// `compute_peers` under the host.
    Component(&'static str),
    /// `compute_peers` as a native program, with this many threads.
    Native(&'static str, usize),
}

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let folder = folder()?;
    let cores = std::thread::available_parallelism()?.get();
    let counts = counts(cores);
    let ours = counts.iter().map(|&cores| Variant::Ours(cores));
    let natives = counts.iter().map(|&threads| Variant::Native("rayon", threads));
    let peers = [Variant::Component("plain"), Variant::Component("rayon"), Variant::Native("plain", 1)];
    let all: Vec<_> = ours.chain(peers).chain(natives).collect();
    let mut rows = Vec::new();
    for case in &CASES {
        let mut times = vec![Vec::new(); all.len()];
        let mut results = Vec::new();
        for _ in 0..ROUNDS {
            for (variant, times) in all.iter().zip(&mut times) {
                let (seconds, result) = case.timed(&mut variant.command(guests, case), &folder)?;
                times.push(seconds);
                results.push(result);
            }
        }
        ensure!(results.iter().all(|result| *result == results[0]), "{}: not all the same", case.what);
        let one_core = times[0].clone();
        for (variant, times) in all.iter().zip(times) {
            let gains = one_core.iter().zip(&times).map(|(one, time)| one / time).collect();
            let what = format!("{}: {}", case.what, variant.describe());
            let id = format!("{}/{}", case.example, variant.id());
            rows.push(Row { id, what, rounds: vec![times, gains], ..Row::default() });
            eprintln!("{:?}", rows.last().map(|row| (&row.what, row.medians())));
        }
    }
    let about = "`examples/primes.rs`, `examples/mandelbrot` and `examples/pgzip`, and the same functions \
                 with the same pieces in `benches/examples/compute_peers.rs`: sequentially, and with rayon, \
                 which has no threads in a component. Whole commands, including start-up and files; all \
                 results are identical. The second column is the speed relative to this project on 1 core.";
    Ok(Results::of_figures(about, "s", &["time", "gain"], rows).with_columns(["time", "gain"]))
}

/// Returns 1, 2, 4 and so on, up to the number of CPUs.
pub(super) fn counts(cores: usize) -> Vec<usize> {
    let doubled = std::iter::successors(Some(1), |count| Some(count * 2));
    doubled.take_while(|&count| count < cores).chain([cores]).collect()
}

/// Creates a folder with the input text, in which programs also write their results.
pub(super) fn folder() -> Result<PathBuf> {
    const TEXT: usize = 64 << 20;
    let folder = target_dir()?.join("compute");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let text = folder.join("text");
    if fs::metadata(&text).is_ok_and(|text| text.len() == TEXT as u64) {
        return Ok(folder);
    }
    // The frequencies of the words are realistic, so that the text compresses as real texts do.
    let words: Vec<_> = include_str!("../../../docs/architecture.md").split(' ').collect();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut content = String::with_capacity(TEXT + 100);
    while content.len() < TEXT {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        content.push_str(words[(state >> 32) as usize % words.len()]);
        content.push(' ');
    }
    fs::write(&text, &content.as_bytes()[..TEXT])
        .with_context(|| format!("cannot write {}", text.display()))?;
    Ok(folder)
}

impl Case {
    /// The example, on so many cores.
    pub(super) fn ours(&self, guests: &Guests, cores: usize, options: &[&str]) -> Command {
        let mut command =
            guests.command(&[&["--dir", ".", "--cores", &cores.to_string()], options].concat(), self.example);
        command.args(self.args);
        command
    }

    /// Runs a command in this folder. Returns its time, and a hash of its result.
    pub(super) fn timed(&self, command: &mut Command, folder: &Path) -> Result<(f64, u64)> {
        let printed = folder.join("printed");
        let file = File::create(&printed).with_context(|| format!("cannot make {}", printed.display()))?;
        command.current_dir(folder).stdin(Stdio::null()).stdout(file);
        let start = Instant::now();
        let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
        let seconds = start.elapsed().as_secs_f64();
        ensure!(status.success(), "{command:?} failed");
        let output = self.output.map_or(printed, |name| folder.join(name));
        let mut hasher = DefaultHasher::new();
        hasher.write(&fs::read(&output).with_context(|| format!("cannot read {}", output.display()))?);
        Ok((seconds, hasher.finish()))
    }
}

impl Variant {
    fn command(self, guests: &Guests, case: &Case) -> Command {
        let (mut command, variant) = match self {
            Self::Ours(cores) => return case.ours(guests, cores, &[]),
            Self::Component(variant) => {
                (guests.command(&["--dir", ".", "--cores", "1"], "examples/compute_peers"), variant)
            }
            Self::Native(variant, threads) => {
                let mut command = guests.peer("compute_peers");
                command.env("RAYON_NUM_THREADS", threads.to_string());
                (command, variant)
            }
        };
        command.args([case.example, variant, case.peers]);
        command
    }

    fn id(self) -> String {
        match self {
            Self::Ours(cores) => format!("ours/{cores}"),
            Self::Component(variant) => format!("component/{variant}"),
            Self::Native(variant, threads) => format!("native/{variant}/{threads}"),
        }
    }

    fn describe(self) -> String {
        let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        match self {
            Self::Ours(cores) => format!("ours, {}", count(cores, "core")),
            Self::Component("plain") => "one thread, in a component".to_owned(),
            Self::Component(variant) => format!("{variant}, in a component"),
            Self::Native("plain", _) => "native: one thread".to_owned(),
            Self::Native(variant, threads) => format!("native: {variant}, {}", count(threads, "thread")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_count_is_all_there_are() {
        assert_eq!(counts(1), [1]);
        assert_eq!(counts(2), [1, 2]);
        assert_eq!(counts(12), [1, 2, 4, 8, 12]);
        assert_eq!(counts(16), [1, 2, 4, 8, 16]);
    }
}
