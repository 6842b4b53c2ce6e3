//! The growth of the host in ten minutes of random runs, many of which are stopped, dropped or given too few
//! resources.

use std::time::Duration;

use anyhow::Result;

use super::guests::Guests;
use super::results::{Results, Row};
use crate::fuzz;
use crate::soak::{self, Figures, Trend};

const TIME: Duration = Duration::from_secs(600);

pub(crate) fn measure(_: &Guests) -> Result<Results> {
    fuzz::build()?;
    let Figures { seconds, cores, runs, undisturbed, commands, jobs, trends } = soak::soak(TIME, 0, 2)?;
    let row = |Trend { name, early, late, most, allowed }: Trend| Row {
        what: name,
        rounds: [Some(early), Some(late), Some(late - early), allowed, Some(most)]
            .map(|figure| figure.into_iter().collect())
            .to_vec(),
        ..Row::default()
    };
    let about = format!(
        "Resources of one process with {cores} cores between random runs (`cargo xtask soak`): {runs} runs \
         in {seconds} s, {undisturbed} of them undisturbed, with {jobs} jobs, and {commands} commands that \
         received signals. The medians of the second third of the time and of the last, how much they \
         differ and may differ, and the largest sample."
    );
    let names = ["second third", "last third", "growth", "allowed", "most"];
    let rows = trends.into_iter().map(row).collect();
    Ok(Results::of_figures(&about, "MiB, or their number", &names, rows).with_gaps())
}
