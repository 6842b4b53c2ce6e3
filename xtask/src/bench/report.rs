//! `BENCHMARKS.md`, made of what is in `bench-results/`.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result};

use super::results::{self, Results};
use super::{charts, targets};
use crate::command;

const HEAD: &str = "\
# Benchmarks

Made by `cargo xtask bench` from `bench-results/`; do not edit.
Everything in a table ran in turn, in one run, on one machine; take the ratios, which are ours to theirs.
Each number is the median of the rounds, where no other is named.
A number with a budget should be below it, and is bold where it is not.

## Targets

What is wanted, and what was reached, on the machine that is named above the table of each suite.

";

/// Writes the page anew.
pub(crate) fn write(suites: &[&str]) -> Result<()> {
    let mut page = HEAD.to_owned() + &targets::table()?;
    for suite in suites {
        if let Some(results) = results::read(suite)? {
            write!(page, "\n## {suite}\n\n{}", section(&results))?;
            if let Some(svg) = charts::draw(suite, &results)? {
                results::keep_picture(suite, &svg)?;
                writeln!(page, "\n![The numbers of {suite} as lines](bench-results/{suite}.svg)")?;
            }
        }
    }
    let path = command::root().join("BENCHMARKS.md");
    fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))
}

/// The text and the table of one suite.
fn section(results: &Results) -> String {
    let Results { about, unit, columns, machine, is_figures, absent, .. } = results;
    let absent = if absent.is_empty() { "does not end" } else { absent };
    let has_ratio = |index| index > 0 && !is_figures;
    let mut text = format!("{about}\nMeasured on {machine}.\n\n| {unit} |");
    let better = if results.more_is_better { "more" } else { "less" };
    for (index, name) in columns.iter().enumerate() {
        text += &format!(" {name} |");
        if has_ratio(index) {
            text += " ratio |";
        }
    }
    text += "\n| --- |";
    text += &" ---: |".repeat(if *is_figures { columns.len() } else { 2 * columns.len() - 1 });
    for row in &results.rows {
        text += &format!("\n| {} |", row.what);
        let medians = row.medians();
        let ours = medians.first().copied().flatten();
        for (index, median) in medians.iter().enumerate() {
            let budget = row.budgets.get(index).copied().flatten();
            text += &median.map_or(format!(" {absent} |"), |median| format!(" {} |", cell(median, budget)));
            if has_ratio(index) {
                let ratio = ours.zip(*median).map(|(ours, theirs)| ours / theirs);
                text += &ratio.map_or(" |".to_owned(), |ratio| format!(" {ratio:.2} |"));
            }
        }
    }
    text + &format!("\n\nThe {better}, the better.\n")
}

/// A number, and what it should be below.
fn cell(value: f64, budget: Option<f64>) -> String {
    match budget {
        None => number(value),
        Some(budget) if value < budget => format!("{} of {budget}", number(value)),
        Some(budget) => format!("**{} of {budget}**", number(value)),
    }
}

/// Three digits are as many as a noisy machine gives.
fn number(value: f64) -> String {
    match value {
        value if value >= 1e4 => format!("{:.0} k", value / 1e3),
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value if value >= 0.1 || value <= 0.0 => format!("{value:.2}"),
        value => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::results::Row;

    #[test]
    fn a_table_has_medians_and_ratios() {
        let results = Results {
            about: "Something.".to_owned(),
            unit: "requests/s".to_owned(),
            more_is_better: true,
            columns: vec!["ours".to_owned(), "theirs".to_owned(), "others".to_owned()],
            rows: vec![Row {
                what: "GET".to_owned(),
                rounds: vec![vec![90_000.0, 100_000.0, 110_000.0], vec![50_000.0], vec![]],
                ..Row::default()
            }],
            machine: "a machine".to_owned(),
            ..Results::default()
        };
        let text = section(&results);
        assert!(text.contains("| requests/s | ours | theirs | ratio | others | ratio |\n"), "{text}");
        assert!(text.contains("| GET | 100 k | 50 k | 2.00 | does not end | |\n"), "{text}");
        assert!(text.ends_with("The more, the better.\n"), "{text}");
    }

    #[test]
    fn figures_have_budgets_and_no_ratios() {
        let results = Results {
            unit: "ms".to_owned(),
            columns: vec!["median".to_owned(), "max".to_owned()],
            is_figures: true,
            rows: vec![
                Row::figures("ours", [1.0, 50.0], [Some(2.0), Some(50.0)]),
                Row::figures("theirs", [0.0123, 0.123], [None; 2]),
            ],
            ..Results::default()
        };
        let text = section(&results);
        let table = "| ms | median | max |\n| --- | ---: | ---: |\n\
                     | ours | 1.00 of 2 | **50.0 of 50** |\n| theirs | 0.012 | 0.12 |\n";
        assert!(text.contains(table), "{text}");
    }
}
