//! What a suite found, as it is kept in `bench-results/`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::command;

/// All that was found in one run of a suite.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Findings {
    /// A sentence or two: what was measured, and how.
    pub(crate) about: String,
    /// What the numbers count, such as "requests/s".
    pub(crate) unit: String,
    pub(crate) more_is_better: bool,
    /// Who was measured; the first is ours.
    pub(crate) who: Vec<String>,
    pub(crate) rows: Vec<Row>,
    /// The machine, in words.
    #[serde(default)]
    pub(crate) machine: String,
}

/// One thing that everybody did.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) what: String,
    /// What each came to, in every round; nothing if it did not end.
    pub(crate) rounds: Vec<Vec<f64>>,
}

impl Row {
    /// What each came to in the median; `None` for one that did not end.
    pub(crate) fn medians(&self) -> Vec<Option<f64>> {
        let median = |rounds: &Vec<f64>| {
            let mut sorted = rounds.clone();
            sorted.sort_by(f64::total_cmp);
            sorted.get(sorted.len() / 2).copied()
        };
        self.rounds.iter().map(median).collect()
    }
}

/// Writes findings down, with the machine they are of.
pub(crate) fn keep(suite: &str, findings: &Findings) -> Result<()> {
    let path = path(suite);
    let folder = path.parent().context("the file is in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut value = serde_json::to_value(findings)?;
    value["machine"] = machine().into();
    let text = serde_json::to_string_pretty(&value)? + "\n";
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// Reads findings; `None` if there are none yet.
pub(crate) fn read(suite: &str) -> Result<Option<Findings>> {
    let path = path(suite);
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let findings = serde_json::from_str(&text);
    findings.map(Some).with_context(|| format!("{} is not what this version writes", path.display()))
}

fn path(suite: &str) -> PathBuf {
    command::root().join("bench-results").join(suite).with_extension("json")
}

/// The processor, how many of it, and the kernel.
fn machine() -> String {
    let line = |path: &str, name: &str| {
        let text = fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.rsplit(": ").next().unwrap_or_default().trim().to_owned()
    };
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{cpus} CPUs of {}, Linux {}", line("/proc/cpuinfo", "model name"), kernel.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_one_in_the_middle() {
        let row = Row { what: String::new(), rounds: vec![vec![3.0, 1.0, 2.0], vec![]] };
        assert_eq!(row.medians(), [Some(2.0), None]);
    }
}
