//! Ctrl-C and its like: the first stops the app, the second ends the process.

use std::sync::atomic::{AtomicI32, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use host::Stopper;

/// What a shell adds to the number of a signal that ended a process.
const SIGNALLED: i32 = 128;

/// The signal that stopped the app.
static SIGNAL: AtomicI32 = AtomicI32::new(SIGINT);

/// From now on, a signal that asks this process to end stops the app.
pub(crate) fn stop(stopper: Stopper) {
    let signals = Signals::new([SIGINT, SIGTERM, SIGHUP]);
    let mut signals = match signals {
        Ok(signals) => signals,
        // Then they end the process, as they do without us.
        Err(error) => return tracing::warn!("signals end the app without asking it: {error}"),
    };
    let watch = move || {
        for (count, signal) in signals.forever().enumerate() {
            if count > 0 {
                std::process::exit(SIGNALLED + signal);
            }
            SIGNAL.store(signal, Ordering::Relaxed);
            stopper.stop();
        }
    };
    if let Err(error) = std::thread::Builder::new().name("signals".to_owned()).spawn(watch) {
        tracing::warn!("signals end the app without asking it: {error}");
    }
}

/// What the process ends with, after a signal has stopped the app.
pub(crate) fn exit_code() -> u8 {
    u8::try_from(SIGNALLED + SIGNAL.load(Ordering::Relaxed)).unwrap_or(u8::MAX)
}
