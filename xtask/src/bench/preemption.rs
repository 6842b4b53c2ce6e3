//! The cost of preemption and of limits, for guests that compute.

use anyhow::Result;

use super::compute::{self, CASES};
use super::data::timed;
use super::guests::Guests;
use super::results::{Results, Row};

const ROUNDS: usize = 7;

/// The budget: the maximum ratio of the time with preemption and limits to the time without.
const BUDGET: f64 = 1.08;

/// Options that set every limit that is off by default.
const ON: &[&str] = &["--job-timeout", "1h", "--timeout", "1h", "--job-calls", "1000000000"];
const OFF: &[&str] = &["--no-preemption"];

/// Examples that print their own time.
const TIMED: [(&str, &str, &str); 2] =
    [("sort of 20 million u32", "sort", "20000000"), ("product of 1024 x 1024 f32", "matmul", "1024")];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let folder = compute::folder()?;
    let mut rows = Vec::new();
    for case in &CASES {
        let run = |options: &[&str]| Ok(case.timed(&mut case.ours(guests, 1, options), &folder)?.0);
        rows.push(compared(case.example, case.what, Some(BUDGET), run)?);
    }
    for (what, example, size) in TIMED {
        let run = |options: &[&str]| {
            let mut command = guests.command(&[&["--cores", "1"], options].concat(), example);
            Ok(timed(command.arg(size))?.1)
        };
        rows.push(compared(example, what, Some(BUDGET), run)?);
    }
    let calls = |options: &[&str]| {
        let mut command = guests.command(&[&["--cores", "1"], options].concat(), "calls");
        Ok(timed(&mut command)?.1)
    };
    rows.push(compared("calls", "fib(38): calls only, the worst case", None, calls)?);
    let about = "The examples on one core, with preemption and every limit set, and with `--no-preemption` \
                 and no optional limit.";
    let columns = ["on", "off", "ratio"];
    Ok(Results::of_figures(about, "s", &columns, rows).with_columns(columns))
}

/// Runs something alternately with and without preemption.
fn compared(id: &str, what: &str, budget: Option<f64>, run: impl Fn(&[&str]) -> Result<f64>) -> Result<Row> {
    let (mut on, mut off) = (Vec::new(), Vec::new());
    // The first run of each may compile the app.
    run(ON)?;
    run(OFF)?;
    for _ in 0..ROUNDS {
        on.push(run(ON)?);
        off.push(run(OFF)?);
    }
    let ratios = on.iter().zip(&off).map(|(on, off)| on / off).collect();
    let budgets = budget.map_or(Vec::new(), |budget| vec![None, None, Some(budget)]);
    let row =
        Row { what: what.to_owned(), rounds: vec![on, off, ratios], budgets, ..Row::default() }.with_id(id);
    eprintln!("{what}: {:?}", row.medians());
    Ok(row)
}
