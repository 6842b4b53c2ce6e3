//! Very many jobs in one run: the cost of each, and the growth of the host.

use anyhow::Result;

use super::guests::Guests;
use super::memory::resident_mib;
use super::protocol::Process;
use super::results::{Results, Row};

/// How the jobs end, in words and as an argument of the guest, and their number.
const CASES: [(&str, &str, u32); 3] = [
    ("a million jobs that end", "end", 1_000_000),
    ("a million jobs that are dropped, except the first of each batch", "are dropped", 1_000_000),
    ("100,000 jobs that trap", "trap", 100_000),
];

/// The budget: the maximum growth of the host after the first tenth of the jobs, in MiB.
const GROWTH: f64 = 1.0;

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for (what, kind, count) in CASES {
        let mut command = guests.command(&["--cores", "2"], "endurance");
        let mut guest = Process::start(command.args([kind, &count.to_string()]))?;
        let (mut seconds, mut resident) = (0.0, [0.0; 3]);
        for resident in &mut resident {
            seconds = guest.number()?;
            *resident = resident_mib(guest.pid())?;
            guest.go_on()?;
        }
        let [tenth, half, all] = resident;
        let figures = [seconds * 1e6 / f64::from(count), tenth, half, all, all - tenth];
        eprintln!("{what}: {figures:?}");
        rows.push(Row::figures(what, figures, [None, None, None, None, Some(GROWTH)]));
    }
    let about = "Batches of 1,000 jobs with `--cores 2`, joined, or raced if they are dropped: the wall \
                 time per job in us, and the resident memory of the host in MiB after a tenth, a half and \
                 all of them.";
    Ok(Results::of_figures(
        about,
        "us, and MiB",
        &["each", "at 10 %", "at 50 %", "at 100 %", "growth after 10 %"],
        rows,
    ))
}
