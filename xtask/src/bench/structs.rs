//! Round trips of structs to a job: as values, and as bytes that the program encodes with postcard.

use anyhow::Result;

use super::guests::Guests;
use super::protocol::Process;
use super::results::{Results, Row};

const ROUNDS: usize = 5;

/// The argument of the program for each type, and its description.
const STRUCTS: [(&str, &str); 3] = [
    ("accounts", "an integer, a text, floats, an enum, an option, a list"),
    ("numbers", "five integers and a bool"),
    ("points", "three floats"),
];

const WAYS: [(&str, &str); 2] = [("values", "values"), ("postcard", "bytes by postcard")];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for (what, are) in STRUCTS {
        let mut rounds = vec![Vec::new(); WAYS.len()];
        for _ in 0..ROUNDS {
            for ((how, _), took) in WAYS.into_iter().zip(&mut rounds) {
                let mut command = guests.command(&["--cores", "2"], "structs");
                took.push(Process::start(command.args([what, how]))?.number()?);
            }
        }
        let row = Row { what: format!("{what}: {are}"), rounds, ..Row::default() };
        eprintln!("{}: {:?}", row.what, row.medians());
        rows.push(row);
    }
    let about = "1,000 structs as the argument of a job that returns them, with `--cores 2`, from the call \
                 to the value. Values are checked when they are deserialized. In the other column the \
                 program serializes with postcard itself, without checks, and sends the bytes as a block.";
    Ok(Results::of_peers(about, "us", &WAYS.map(|(_, name)| name), rows))
}
