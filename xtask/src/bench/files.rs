//! Files: a large one and many small ones, compared with another host and with native code.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::guests::Guests;
use super::results::{Results, Row};
use crate::command;

const ROUNDS: usize = 5;

/// The environment variable with the path of another host to compare with, such as that of the commit before.
const BEFORE: &str = "HOST_BEFORE";

const VARIANTS: [&str; 3] = ["host run", "previous host", "native"];

/// The parent of the directory for files. It is in memory if possible, because a disk would add the same time
/// to all variants.
const IN_MEMORY: &str = "/dev/shm";

const WHAT: [&str; 5] = [
    "write a GiB, 1 MiB at a time",
    "read it",
    "write 10,000 files of 1,000 bytes",
    "read them",
    "get the size of each",
];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let before = std::env::var_os(BEFORE).map(PathBuf::from);
    if before.is_none() {
        eprintln!("without previous host: {BEFORE} does not name one");
    }
    let folder = Folder::make()?;
    let grant = format!("{}::/files", folder.0.display());
    let under = |host: &Path| {
        let mut command = Command::new(host);
        command.args(["run", "--cores", "1", "--dir", &grant]);
        command.arg(guests.folder.join("files.wasm")).arg("/files");
        command
    };
    let mut rows = WHAT.map(|what| Row {
        what: what.to_owned(),
        rounds: vec![Vec::new(); VARIANTS.len()],
        ..Row::default()
    });
    for round in 0..ROUNDS {
        let mut native = guests.peer("files_peer");
        native.arg(&folder.0);
        let mut commands = [Some(under(&guests.host)), before.as_deref().map(under), Some(native)];
        let mut order = [0, 1, 2];
        // The order rotates, so that no variant always runs after the same other one.
        order.rotate_left(round % VARIANTS.len());
        for variant in order {
            let Some(command) = &mut commands[variant] else { continue };
            for (row, time) in rows.iter_mut().zip(milliseconds(command)?) {
                row.rounds[variant].push(time);
            }
        }
    }
    rows.iter().for_each(|row| eprintln!("{}: {:?}", row.what, row.medians()));
    let about = "A std program that writes and reads files in memory, on one core; the second of two \
                 rounds. The previous host is the one named by `HOST_BEFORE`.";
    Ok(Results::of_peers(about, "ms", &VARIANTS, rows.into()).with_gaps())
}

/// Runs the program, and returns the times of its second round.
fn milliseconds(command: &mut Command) -> Result<[f64; WHAT.len()]> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    ensure!(output.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout)?;
    let last = said.lines().last().unwrap_or_default();
    let times = last.split(' ').map(|time| time.parse::<f64>().map(|seconds| seconds * 1e3));
    let times = times.collect::<Result<Vec<_>, _>>()?;
    times.try_into().ok().with_context(|| format!("{command:?} does not say how long it took: {said}"))
}

/// An empty directory, removed on drop.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Self> {
        let shared = Path::new(IN_MEMORY);
        let above = if shared.is_dir() { shared.to_owned() } else { command::target_dir()? };
        let folder = above.join(format!("files-bench-{}", std::process::id()));
        fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The measurement is valid all the same.
        let _ = fs::remove_dir_all(&self.0);
    }
}
