//! A function in another language on 64 texts, on one core and on two, compared with Python processes.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::data::seconds;
use super::guests::Guests;
use super::results::{Results, Row};
use crate::command::{self, cargo, program};
use crate::run::polyglot::{TEXTS, implementations, texts};
use crate::toolchain::WASM;

const ROUNDS: usize = 7;

/// The budget: the maximum ratio of the time on two cores to that on one.
const BUDGET: f64 = 1.0 / 1.7;

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    command::run(&mut cargo(&["build", "--release", "--target", WASM, "-p", "text"]))?;
    let texts = texts()?;
    let dir = format!("{}::texts", texts.display());
    let mut rows = Vec::new();
    for (language, plug) in implementations(guests.folder.join("text.wasm")) {
        let plug = plug.display().to_string();
        let run = |cores: usize| {
            let options = ["--cores", &cores.to_string(), "--plug", &plug, "--dir", &dir];
            timed(guests.command(&options, "polyglot").arg("texts"))
        };
        rows.push(compared(&language.to_lowercase(), language, Some(BUDGET), run)?);
    }
    let peer = command::root().join("benches/python/polyglot_peer.py");
    let run = |count: usize| timed(program("python3", &[]).arg(&peer).arg(count.to_string()).arg(&texts));
    rows.push(compared("native", "native: CPython, one process per core", None, run)?);
    let about = format!(
        "`examples/polyglot` with {TEXTS} texts of some pages each: the time of the jobs that call the \
         component in each language, without the start of the host. CPython runs the same functions with \
         `multiprocessing` (`benches/python/polyglot_peer.py`), also without its start."
    );
    let results = Results::of_figures(&about, "s", &["1 core", "2 cores", "of 1 core"], rows);
    Ok(results.with_columns(["one-core", "two-cores", "ratio"]))
}

/// Runs something alternately on one core and on two.
fn compared(id: &str, what: &str, budget: Option<f64>, run: impl Fn(usize) -> Result<f64>) -> Result<Row> {
    // The first run may compile the component.
    run(2)?;
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        one.push(run(1)?);
        two.push(run(2)?);
    }
    let ratios = one.iter().zip(&two).map(|(one, two)| two / one).collect();
    let budgets = budget.map_or(Vec::new(), |budget| vec![None, None, Some(budget)]);
    let row =
        Row { what: what.to_owned(), rounds: vec![one, two, ratios], budgets, ..Row::default() }.with_id(id);
    eprintln!("{what}: {:?}", row.medians());
    Ok(row)
}

/// Returns the seconds that a program reports.
fn timed(command: &mut Command) -> Result<f64> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed: {stderr}");
    seconds(&stderr).with_context(|| format!("{command:?} does not say how long it took: {stderr}"))
}
