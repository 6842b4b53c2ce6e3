//! The cost of a job without an engine: criterion measures the scheduler and alternatives to its parts.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use super::guests::Guests;
use super::results::{Results, Row};
use crate::command::{self, cargo};

/// The names of criterion's groups, their descriptions, and the number of jobs per iteration.
const GROUPS: [(&str, &str, f64); 5] = [
    ("own 1", "pushed and taken by the same core", 1.0),
    ("own 100", "the same, 100 at a time", 100.0),
    ("stolen", "1,000, stolen and taken by another", 1_000.0),
    ("life", "1,000 jobs, from the start to the outcome in the parent", 1_000.0),
    ("life on two threads", "the same, with a second thread that takes jobs", 1_000.0),
];

/// The names of criterion's functions; the first is that of this project.
const FUNCTIONS: [&str; 3] = ["scheduler", "deque", "channel"];

const VARIANTS: [&str; 3] = ["scheduler", "crossbeam-deque 0.8", "std::sync::mpsc"];

pub(crate) fn measure(_guests: &Guests) -> Result<Results> {
    let folder = command::target_dir()?.join("criterion");
    let mut bench = cargo(&["bench", "-p", "parallel-scheduler", "--bench", "queues"]);
    bench.env("CRITERION_HOME", &folder);
    ensure!(bench.status()?.success(), "{bench:?} failed");
    let rows = GROUPS.iter().map(|&(group, what, jobs)| {
        let estimates = FUNCTIONS.map(|function| median(&folder.join(group).join(function)));
        let rounds = estimates
            .into_iter()
            .map(|estimate| Ok(estimate?.map(|nanoseconds| nanoseconds / jobs).into_iter().collect()));
        Ok(Row { what: what.to_owned(), rounds: rounds.collect::<Result<_>>()?, ..Row::default() })
    });
    let about = "The cost of a job without an engine (`host/scheduler/benches/queues.rs`, measured by \
                 criterion). The first rows compare its place in a queue with a boxed value in the most \
                 common work-stealing deque. The last rows compare its whole life, including the record in \
                 its parent, with a number sent through one channel and another returned through a second \
                 one.";
    Ok(Results::of_peers(about, "ns", &VARIANTS, rows.collect::<Result<_>>()?).with_gaps())
}

/// Returns the median of the last measurement in nanoseconds, if there is one.
fn median(function: &Path) -> Result<Option<f64>> {
    #[derive(Deserialize)]
    struct Estimates {
        median: Estimate,
    }
    #[derive(Deserialize)]
    struct Estimate {
        point_estimate: f64,
    }
    let path = function.join("new/estimates.json");
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let estimates: Estimates =
        serde_json::from_str(&text).with_context(|| format!("{} is not criterion's", path.display()))?;
    Ok(Some(estimates.median.point_estimate))
}
