//! SIGINT, SIGTERM and SIGHUP: the first signal stops the app, the second ends the process.
//!
//! A signal that was ignored when the process started stays ignored: `nohup` starts commands that way, and a
//! shell without job control starts its background jobs so.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;

/// The exit code of a process that a signal ended is this plus the number of the signal.
const SIGNALLED: i32 = 128;

/// The signal that stopped the app.
static SIGNAL: AtomicI32 = AtomicI32::new(SIGINT);

/// How long a signal waits for a run that is still being started.
const STARTING: Duration = Duration::from_secs(1);

/// Whether signals have their default effect, because they are not watched yet.
static IS_DEFAULT: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(true)));

/// Installs handlers that do what signals do by default, until they are [watched](watch). Call this before the
/// process has a second thread.
///
/// A signal is lost if it arrives when its handler is installed and the action of the handler is not stored yet.
/// So the signals are blocked meanwhile. Later, [`watch`] only adds an action to each handler.
#[expect(unsafe_code, reason = "the standard library cannot block signals")]
pub(crate) fn prepare() {
    let ignored = ignored();
    let signals = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|&signal| !is_in(ignored, signal));
    // SAFETY: the sets are initialized by `sigemptyset` and by the first `pthread_sigmask` before they are read, and
    // only this thread uses them.
    unsafe {
        let (mut set, mut before) = (std::mem::zeroed(), std::mem::zeroed());
        libc::sigemptyset(&raw mut set);
        signals.clone().for_each(|signal| _ = libc::sigaddset(&raw mut set, signal));
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, &raw mut before);
        for signal in signals {
            // If this fails, the signal keeps its default effect, and `watch` fails too and reports it.
            _ = signal_hook::flag::register_conditional_default(signal, Arc::clone(&IS_DEFAULT));
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut());
    }
}

/// What the first signal does.
pub(crate) type Stop = Box<dyn FnOnce() + Send>;

/// Starts to watch signals. The first one calls what is sent to the returned sender.
///
/// Call this before the run starts: a running app may report that it is ready, and a signal sent in response
/// must stop the app instead of ending the process.
pub(crate) fn watch() -> Sender<Stop> {
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
        // Signals then have their default effect and end the process.
        Err(error) => {
            tracing::warn!("signals end the app without asking it: {error}");
            return sender;
        }
    };
    IS_DEFAULT.store(false, Ordering::SeqCst);
    let watch = move || {
        let mut signals = signals.forever();
        let first = signals.next();
        let stop = started.recv_timeout(STARTING);
        let last = match (first, stop) {
            (Some(signal), Ok(stop)) => {
                SIGNAL.store(signal, Ordering::Relaxed);
                stop();
                signals.next()
            }
            (first, _) => first,
        };
        if let Some(signal) = last {
            std::process::exit(SIGNALLED + signal);
        }
    };
    if let Err(error) = std::thread::Builder::new().name("signals".to_owned()).spawn(watch) {
        IS_DEFAULT.store(true, Ordering::SeqCst);
        tracing::warn!("signals end the app without asking it: {error}");
    }
    sender
}

/// Makes a write beyond `ulimit -f` fail with an error, as on a full disk, instead of ending the process.
pub(crate) fn return_write_errors() {
    // With a handler installed, the write returns an error. The flag is not used.
    if let Err(error) = signal_hook::flag::register(SIGXFSZ, Arc::default()) {
        tracing::debug!(
            "SIGXFSZ cannot be handled, so a file larger than ulimit -f ends the process: {error}"
        );
    }
}

/// Returns the exit code of the process after a signal has stopped the app.
pub(crate) fn exit_code() -> u8 {
    u8::try_from(SIGNALLED + SIGNAL.load(Ordering::Relaxed)).unwrap_or(u8::MAX)
}

/// Returns the set of signals that this process ignores, one bit each. Without /proc it is empty.
fn ignored() -> u64 {
    fs::read_to_string("/proc/self/status").ok().and_then(|status| ignored_in(&status)).unwrap_or_default()
}

/// Parses the set from the text of `/proc/PID/status`.
fn ignored_in(status: &str) -> Option<u64> {
    let set = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(set.trim(), 16).ok()
}

fn is_in(set: u64, signal: i32) -> bool {
    // The lowest bit stands for signal 1.
    u32::try_from(signal - 1).is_ok_and(|bit| set.checked_shr(bit).is_some_and(|set| set & 1 == 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_signals_has_a_bit_for_each() {
        // From a process under nohup; the Rust runtime ignores SIGPIPE.
        let set = ignored_in("Name:\thost\nSigBlk:\t0000000000000004\nSigIgn:\t0000000000001001\n").unwrap();
        assert!(is_in(set, SIGHUP) && is_in(set, signal_hook::consts::SIGPIPE));
        assert!(!is_in(set, SIGINT) && !is_in(set, SIGTERM) && !is_in(set, 0) && !is_in(set, 99));
        assert_eq!(ignored_in("Name:\thost\n"), None);
    }
}
