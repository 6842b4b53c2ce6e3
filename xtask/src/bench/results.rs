//! The results of a suite, as stored in `bench-results/`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::command;

/// The results of one run of a suite.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Results {
    /// A sentence or two: what was measured, and how.
    pub(crate) about: String,
    /// The unit of the numbers, such as "requests/s".
    pub(crate) unit: String,
    pub(crate) more_is_better: bool,
    /// The names of the variants, ours first; or the names of figures.
    pub(crate) columns: Vec<String>,
    /// Whether the columns are figures of one variant, such as its median and maximum, instead of variants.
    #[serde(default)]
    pub(crate) is_figures: bool,
    pub(crate) rows: Vec<Row>,
    /// The text of a cell without a number; "does not end" if this is empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) absent: String,
    /// A description of the machine.
    #[serde(default)]
    pub(crate) machine: String,
}

/// One case that all variants were measured on.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) what: String,
    /// The x value in a chart, such as a number of bytes, jobs or connections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) amount: Option<f64>,
    /// The numbers of each column, one per round; empty if the variant did not end, or was not available.
    pub(crate) rounds: Vec<Vec<f64>>,
    /// The upper bound of each column; empty without budgets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) budgets: Vec<Option<f64>>,
}

/// The figures that describe a distribution.
pub(crate) const SPREAD: [&str; 3] = ["median", "p99", "max"];

impl Results {
    /// Creates results that compare variants, ours first. Lower is better.
    pub(crate) fn of_peers(about: &str, unit: &str, columns: &[&str], rows: Vec<Row>) -> Self {
        let columns = columns.iter().map(|&name| name.to_owned()).collect();
        Self { about: about.to_owned(), unit: unit.to_owned(), columns, rows, ..Self::default() }
    }

    /// Returns the same results, with empty cells marked as not measured.
    pub(crate) fn with_gaps(self) -> Self {
        Self { absent: "–".to_owned(), ..self }
    }

    /// Creates results whose columns are figures with these names.
    pub(crate) fn of_figures(about: &str, unit: &str, names: &[&str], rows: Vec<Row>) -> Self {
        let columns = names.iter().map(|&name| name.to_owned()).collect();
        Self {
            about: about.to_owned(),
            unit: unit.to_owned(),
            columns,
            is_figures: true,
            rows,
            ..Self::default()
        }
    }

    /// Returns the median of this row and column, if it has a number; `None` if there is no such row or
    /// column.
    pub(crate) fn median(&self, row: &str, column: &str) -> Option<Option<f64>> {
        let column = self.columns.iter().position(|columns| columns == column)?;
        let row = self.rows.iter().find(|known| known.what == row)?;
        row.medians().get(column).copied()
    }
}

impl Row {
    /// Creates a row with the [`SPREAD`] of at least one value, and its budgets.
    pub(crate) fn spread(what: &str, mut values: Vec<f64>, budgets: [Option<f64>; SPREAD.len()]) -> Self {
        values.sort_by(f64::total_cmp);
        let last = values.len() - 1;
        let figures = [values.len() / 2, (values.len() * 99).div_ceil(100) - 1, last];
        Self::figures(what, figures.map(|index| values[index]), budgets)
    }

    /// Creates a row of figures, and their budgets.
    pub(crate) fn figures<const N: usize>(what: &str, figures: [f64; N], budgets: [Option<f64>; N]) -> Self {
        let budgets = if budgets.iter().all(Option::is_none) { Vec::new() } else { budgets.to_vec() };
        Self {
            what: what.to_owned(),
            rounds: figures.map(|figure| vec![figure]).to_vec(),
            budgets,
            ..Self::default()
        }
    }

    /// Returns the median of each column; `None` for a column without numbers.
    pub(crate) fn medians(&self) -> Vec<Option<f64>> {
        let median = |rounds: &Vec<f64>| {
            let mut sorted = rounds.clone();
            sorted.sort_by(f64::total_cmp);
            sorted.get(sorted.len() / 2).copied()
        };
        self.rounds.iter().map(median).collect()
    }
}

/// Stores results, with a description of this machine.
pub(crate) fn keep(suite: &str, results: &Results) -> Result<()> {
    let path = path(suite);
    let folder = path.parent().context("the file is in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut value = serde_json::to_value(results)?;
    value["machine"] = machine().into();
    let text = serde_json::to_string_pretty(&value)? + "\n";
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// Stores the chart of a suite.
pub(crate) fn keep_picture(suite: &str, svg: &str) -> Result<()> {
    let path = path(suite).with_extension("svg");
    fs::write(&path, svg).with_context(|| format!("cannot write {}", path.display()))
}

/// Reads stored results; `None` if there are none.
pub(crate) fn read(suite: &str) -> Result<Option<Results>> {
    let path = path(suite);
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let results = serde_json::from_str(&text);
    results.map(Some).with_context(|| format!("{} is not what this version writes", path.display()))
}

fn path(suite: &str) -> PathBuf {
    command::root().join("bench-results").join(suite).with_extension("json")
}

/// Describes the processor, the number of CPUs, and the kernel.
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
    fn the_median_is_the_middle_value() {
        let row = Row { rounds: vec![vec![3.0, 1.0, 2.0], vec![]], ..Row::default() };
        assert_eq!(row.medians(), [Some(2.0), None]);
    }

    #[test]
    fn a_spread_covers_all_values() {
        let values = (1..=1_000).rev().map(f64::from).collect();
        let row = Row::spread("stops", values, [Some(2.0), None, None]);
        assert_eq!(row.medians(), [Some(501.0), Some(990.0), Some(1_000.0)]);
        assert_eq!(row.budgets, [Some(2.0), None, None]);
        let row = Row::spread("one stop", vec![7.0], [None; 3]);
        assert_eq!((row.medians(), row.budgets), (vec![Some(7.0); 3], vec![]));
    }
}
