//! Ctrl-C and its like: the first stops the app, the second ends the process.
//!
//! A signal that was ignored when the process began stays ignored: `nohup` runs a command that way, and a shell
//! without job control its background jobs.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;

use host::Stopper;

/// What a shell adds to the number of a signal that ended a process.
const SIGNALLED: i32 = 128;

/// The signal that stopped the app.
static SIGNAL: AtomicI32 = AtomicI32::new(SIGINT);

/// How long a signal waits for a run that is just being started.
const STARTING: Duration = Duration::from_secs(1);

/// From now on, a signal that asks this process to end stops the run that the returned sender is
/// told of.
///
/// It is for a run that is about to start: once an app runs, it can tell somebody that it does, and
/// the signal of whoever has read that must not end the process.
pub(crate) fn watch() -> Sender<Stopper> {
    let (sender, started) = channel();
    let ignored = ignored();
    let watched = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|&signal| !is_in(ignored, signal));
    let watched = watched.collect::<Vec<_>>();
    if watched.is_empty() {
        return sender;
    }
    let signals = Signals::new(watched);
    let mut signals = match signals {
        Ok(signals) => signals,
        // Then they end the process, as they do without us.
        Err(error) => {
            tracing::warn!("signals end the app without asking it: {error}");
            return sender;
        }
    };
    let watch = move || {
        let mut signals = signals.forever();
        let first = signals.next();
        let stopper = started.recv_timeout(STARTING);
        if let (Some(signal), Ok(stopper)) = (first, &stopper) {
            SIGNAL.store(signal, Ordering::Relaxed);
            stopper.stop();
        }
        let last = if stopper.is_ok() { signals.next() } else { first };
        if let Some(signal) = last {
            std::process::exit(SIGNALLED + signal);
        }
    };
    if let Err(error) = std::thread::Builder::new().name("signals".to_owned()).spawn(watch) {
        tracing::warn!("signals end the app without asking it: {error}");
    }
    sender
}

/// Makes a write beyond `ulimit -f` an error of the write, as other full devices are, instead of the end of
/// the process and of all its jobs.
pub(crate) fn keep_writing() {
    // A handler, which a write returns from with an error; the flag is of no interest.
    if let Err(error) = signal_hook::flag::register(SIGXFSZ, Arc::default()) {
        tracing::debug!("a file larger than ulimit -f ends the process: {error}");
    }
}

/// What the process ends with, after a signal has stopped the app.
pub(crate) fn exit_code() -> u8 {
    u8::try_from(SIGNALLED + SIGNAL.load(Ordering::Relaxed)).unwrap_or(u8::MAX)
}

/// The set of signals that this process ignores, a bit each. Where there is no /proc to tell, it is empty.
fn ignored() -> u64 {
    fs::read_to_string("/proc/self/status").ok().and_then(|status| ignored_in(&status)).unwrap_or_default()
}

/// The same, of what /proc says of a process.
fn ignored_in(status: &str) -> Option<u64> {
    let set = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(set.trim(), 16).ok()
}

fn is_in(set: u64, signal: i32) -> bool {
    // The lowest bit is signal 1.
    u32::try_from(signal - 1).is_ok_and(|bit| set.checked_shr(bit).is_some_and(|set| set & 1 == 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_signals_has_a_bit_for_each() {
        // Of a process under nohup; Rust's own start ignores SIGPIPE.
        let set = ignored_in("Name:\thost\nSigBlk:\t0000000000000004\nSigIgn:\t0000000000001001\n").unwrap();
        assert!(is_in(set, SIGHUP) && is_in(set, signal_hook::consts::SIGPIPE));
        assert!(!is_in(set, SIGINT) && !is_in(set, SIGTERM) && !is_in(set, 0) && !is_in(set, 99));
        assert_eq!(ignored_in("Name:\thost\n"), None);
    }
}
