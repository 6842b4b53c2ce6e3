//! The results of a suite, as they are stored in `bench-results/`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::command;

/// The results of one run of a suite.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Results {
    /// A few sentences about what was measured, and how.
    pub(crate) about: String,
    /// The unit of the numbers, such as "requests/s".
    pub(crate) unit: String,
    pub(crate) more_is_better: bool,
    /// The headings of the columns: the measured variants, this project first, or the names of figures.
    pub(crate) labels: Vec<String>,
    /// The ids of the columns. Targets and charts use them, so that `labels` can be reworded. Empty if none are
    /// needed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) columns: Vec<String>,
    /// Whether a row has figures of one variant, such as median and maximum, instead of one number per variant.
    #[serde(default)]
    pub(crate) is_figures: bool,
    pub(crate) rows: Vec<Row>,
    /// The text for a missing number; "does not end" if empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) absent: String,
    /// A description of the machine.
    #[serde(default)]
    pub(crate) machine: String,
}

/// A row of the table: one operation.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Row {
    /// The id of the row. Targets and charts use it, so that `what` can be reworded. Empty if none is needed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) id: String,
    pub(crate) what: String,
    /// The amount, such as bytes, jobs or connections: the position on the x axis of a chart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) amount: Option<f64>,
    /// For each column, the numbers of all rounds; empty if the variant did not end, or was not measured.
    pub(crate) rounds: Vec<Vec<f64>>,
    /// The budget of each column; empty if there are no budgets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) budgets: Vec<Option<f64>>,
}

/// The figures that summarize many values.
pub(crate) const SPREAD: [&str; 3] = ["median", "p99", "max"];

impl Results {
    /// Creates results of these peers, the first of which is this project. Lower is better.
    pub(crate) fn of_peers(about: &str, unit: &str, labels: &[&str], rows: Vec<Row>) -> Self {
        let labels = labels.iter().map(|&name| name.to_owned()).collect();
        Self { about: about.to_owned(), unit: unit.to_owned(), labels, rows, ..Self::default() }
    }

    /// Shows missing numbers as not measured.
    pub(crate) fn with_gaps(self) -> Self {
        Self { absent: "–".to_owned(), ..self }
    }

    /// Creates results whose rows have figures with these names.
    pub(crate) fn of_figures(about: &str, unit: &str, names: &[&str], rows: Vec<Row>) -> Self {
        let labels = names.iter().map(|&name| name.to_owned()).collect();
        Self {
            about: about.to_owned(),
            unit: unit.to_owned(),
            labels,
            is_figures: true,
            rows,
            ..Self::default()
        }
    }

    /// Sets the ids of the columns.
    pub(crate) fn with_columns<const N: usize>(self, ids: [&str; N]) -> Self {
        Self { columns: ids.map(str::to_owned).to_vec(), ..self }
    }

    /// Returns the median of the row and the column with these ids, if it was measured; `None` if there is no
    /// such row or column.
    pub(crate) fn median(&self, row: &str, column: &str) -> Option<Option<f64>> {
        let column = self.columns.iter().position(|id| id == column)?;
        let row = self.rows.iter().find(|known| known.id == row)?;
        row.medians().get(column).copied()
    }
}

impl Row {
    /// Creates a row with the [`SPREAD`] of at least one value, and these budgets.
    pub(crate) fn spread(what: &str, mut values: Vec<f64>, budgets: [Option<f64>; SPREAD.len()]) -> Self {
        values.sort_by(f64::total_cmp);
        let last = values.len() - 1;
        let figures = [values.len() / 2, (values.len() * 99).div_ceil(100) - 1, last];
        Self::figures(what, figures.map(|index| values[index]), budgets)
    }

    /// Creates a row of figures with these budgets.
    pub(crate) fn figures<const N: usize>(what: &str, figures: [f64; N], budgets: [Option<f64>; N]) -> Self {
        let budgets = if budgets.iter().all(Option::is_none) { Vec::new() } else { budgets.to_vec() };
        Self {
            what: what.to_owned(),
            rounds: figures.map(|figure| vec![figure]).to_vec(),
            budgets,
            ..Self::default()
        }
    }

    /// Sets the id of the row.
    pub(crate) fn with_id(self, id: impl Into<String>) -> Self {
        Self { id: id.into(), ..self }
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

/// Reads results; `None` if there are none yet.
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

/// Returns the number of CPUs, the processor, and the kernel.
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
        let row = Row { rounds: vec![vec![3.0, 1.0, 2.0], vec![]], ..Row::default() };
        assert_eq!(row.medians(), [Some(2.0), None]);
    }

    #[test]
    fn a_spread_is_of_all_values() {
        let values = (1..=1_000).rev().map(f64::from).collect();
        let row = Row::spread("stops", values, [Some(2.0), None, None]);
        assert_eq!(row.medians(), [Some(501.0), Some(990.0), Some(1_000.0)]);
        assert_eq!(row.budgets, [Some(2.0), None, None]);
        let row = Row::spread("one stop", vec![7.0], [None; 3]);
        assert_eq!((row.medians(), row.budgets), (vec![Some(7.0); 3], vec![]));
    }
}
