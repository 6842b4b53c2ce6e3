//! The number of items from which `par_map` is faster than a loop, for items of different cost.

use anyhow::Result;

use super::guests::Guests;
use super::protocol::Process;
use super::results::{Results, Row};

/// The time of an item, the number of its steps, and the maximum number of items.
const CASES: [(&str, u32, usize); 3] =
    [("5 ns", 3, 10_000_000), ("1 us", 620, 1_000_000), ("100 us", 62_000, 10_000)];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for (item, steps, most) in CASES {
        let counts = std::iter::successors(Some(10), |count| Some(count * 10));
        for count in counts.take_while(|count| *count <= most) {
            let mut command = guests.command(&["--cores", "2"], "grain");
            let guest = Process::start(command.args([steps.to_string(), count.to_string()]))?;
            let (here, there) = (guest.number()?, guest.number()?);
            let what = format!("{count} items of {item}");
            rows.push(Row::figures(&what, [here, there, there / here], [None; 3]));
            eprintln!("{what}: {:?}", rows.last().map(Row::medians));
        }
    }
    let about = "A function of every item of a slice of u64, in a loop in `main` and by `par_map` with \
                 `--cores 2`, alternately in one instance: the time until all results are available, as the \
                 median of many rounds after the first. A ratio below 1 is a speedup.";
    Ok(Results::of_figures(about, "us", &["in a loop", "`par_map`", "of the loop"], rows))
}
