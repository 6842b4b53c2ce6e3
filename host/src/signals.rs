//! Ctrl-C and its like: the first stops the app, the second ends the process.

use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
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
    let signals = Signals::new([SIGINT, SIGTERM, SIGHUP]);
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

/// What the process ends with, after a signal has stopped the app.
pub(crate) fn exit_code() -> u8 {
    u8::try_from(SIGNALLED + SIGNAL.load(Ordering::Relaxed)).unwrap_or(u8::MAX)
}
