//! Compares an app on all its cores and on one core: two quiet runs and one line about them.

use std::ffi::OsString;
use std::hash::{DefaultHasher, Hasher as _};
use std::io;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::app::App;
use super::flags;
use super::input::Input;

/// The outcome of a quiet run.
struct Quiet {
    wall: Duration,
    /// The hash of stdout.
    hash: u64,
    ended_well: bool,
}

/// Runs the app again, with these flags and with one core, and compares the times.
pub(crate) fn report(app: &App<'_>, flags: &[OsString], input: Input) -> Result<String> {
    if !input.can_be_given_again() {
        return Ok("no comparison with 1 core: there was too much input to keep".to_owned());
    }
    let machine = cores_of_this_machine();
    let cores = flags::cores(flags).unwrap_or(machine);
    eprintln!("once more with {}, and with 1 (to leave that out: --once)", count(cores));
    let many = measure(app, flags, &input)?;
    let one = measure(app, &flags::with_one_core(flags), &input)?;
    Ok(line(cores, machine, &many, &one))
}

fn measure(app: &App<'_>, flags: &[OsString], input: &Input) -> Result<Quiet> {
    let start = Instant::now();
    let mut command = app.command(flags);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = input.spawn_again(command).context("cannot start the host")?;
    let stdout = child.stdout.take().context("the host has no stdout")?;
    let hash = hash(stdout).context("cannot read what the app printed")?;
    let status = child.wait().context("cannot wait for the host")?;
    Ok(Quiet { wall: start.elapsed(), hash, ended_well: status.success() })
}

/// Returns a hash of the output, which may have gigabytes.
fn hash(mut from: impl io::Read) -> io::Result<u64> {
    let mut hasher = DefaultHasher::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(hasher.finish()),
            length => buffer[..length].iter().for_each(|&byte| hasher.write_u8(byte)),
        }
    }
}

/// Formats `8 cores: 0.61 s   1 core: 1.17 s   1.9 times as fast`.
fn line(cores: usize, machine: usize, many: &Quiet, one: &Quiet) -> String {
    for (quiet, cores) in [(many, cores), (one, 1)] {
        if !quiet.ended_well {
            return format!("no comparison: run again with {}, the app failed", count(cores));
        }
    }
    let ratio = one.wall.as_secs_f64() / many.wall.as_secs_f64();
    let mut line = format!("{}   {}   {ratio:.1} times as fast", side(cores, many.wall), side(1, one.wall));
    if cores > machine {
        line += &format!("   (this machine has {})", count(machine));
    }
    if many.hash != one.hash {
        line += "\nnote: the two runs printed different things";
    }
    line
}

/// Formats `8 cores: 0.61 s`.
pub(crate) fn side(cores: usize, wall: Duration) -> String {
    format!("{}: {:.2} s", count(cores), wall.as_secs_f64())
}

fn count(cores: usize) -> String {
    format!("{cores} core{}", if cores == 1 { "" } else { "s" })
}

/// Returns how many cores the host uses by default.
fn cores_of_this_machine() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    fn quiet(millis: u64) -> Quiet {
        Quiet { wall: Duration::from_millis(millis), hash: 1, ended_well: true }
    }

    #[test]
    fn the_line_says_both_times_and_their_ratio() {
        let line = |cores, machine| line(cores, machine, &quiet(610), &quiet(1170));
        assert_eq!(line(8, 8), "8 cores: 0.61 s   1 core: 1.17 s   1.9 times as fast");
        assert!(line(8, 2).ends_with("1.9 times as fast   (this machine has 2 cores)"));
    }

    #[test]
    fn a_failed_run_is_not_compared() {
        let failed = || Quiet { ended_well: false, ..quiet(610) };
        let expected = "no comparison: run again with 1 core, the app failed";
        assert_eq!(line(8, 8, &quiet(610), &failed()), expected);
        let expected = "no comparison: run again with 8 cores, the app failed";
        assert_eq!(line(8, 8, &failed(), &failed()), expected);
    }

    #[test]
    fn different_output_is_said() {
        let other = Quiet { hash: 2, ..quiet(1170) };
        assert!(line(8, 8, &quiet(610), &other).ends_with("note: the two runs printed different things"));
    }

    #[test]
    fn the_hash_does_not_depend_on_how_the_bytes_arrive() {
        let whole = hash(&b"some bytes"[..]).unwrap();
        assert_eq!(hash((&b"some "[..]).chain(&b"bytes"[..])).unwrap(), whole);
        assert_ne!(hash(&b"other bytes"[..]).unwrap(), whole);
    }
}
