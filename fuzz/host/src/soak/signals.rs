//! The command under signals at random moments.

use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use rustix::process::{Pid, Signal, kill_process};

use crate::guests::{command, guest};

/// Signals that stop an app, and their exit codes.
const SIGNALS: [(Signal, i32); 3] = [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)];

/// A command that takes longer hangs.
const GUARD: Duration = Duration::from_secs(30);

/// Makes the commands that this process starts react to signals.
///
/// A shell without job control starts its background jobs with SIGINT ignored. A command inherits that, and rightly
/// does not end. But a signal that a process handles has its default effect in the programs that the process
/// executes, so this process handles the signals, as their default.
pub(super) fn make_commands_listen() -> Result<(), String> {
    for (signal, _) in SIGNALS {
        let always = Arc::new(AtomicBool::new(true));
        signal_hook::flag::register_conditional_default(signal.as_raw(), always)
            .map_err(|error| format!("cannot handle {signal:?}: {error}"))?;
    }
    Ok(())
}

/// Runs the command, sends it one or two signals, and waits for its end.
pub(super) fn run(random: &mut Rng, cores: usize) -> Result<(), String> {
    let arg = ["waits", "computes", "stays"][random.usize(..3)];
    let (signal, code) = SIGNALS[random.usize(..SIGNALS.len())];
    let mut command = Command::new(command());
    command.args(["run", "--grace", "10ms", "--cores", &cores.to_string()]);
    command.arg(guest("stop_main")).arg(arg);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
    let pid = Pid::from_child(&child);
    // It may not even watch for signals yet.
    thread::sleep(Duration::from_micros(random.u64(0..60_000)));
    for _ in 0..random.u8(1..=2) {
        // It may have exited already.
        _ = kill_process(pid, signal);
    }
    let begun = Instant::now();
    let status = loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) => break status,
            None if begun.elapsed() > GUARD => {
                _ = child.kill();
                _ = child.wait();
                return Err(format!("stop_main {arg} does not end at {signal:?}"));
            }
            None => thread::sleep(Duration::from_millis(1)),
        }
    };
    let mut stderr = String::new();
    _ = child.stderr.take().map(|mut pipe| pipe.read_to_string(&mut stderr));
    let is_right = status.code() == Some(code) || status.signal() == Some(signal.as_raw());
    if is_right && !stderr.contains("panicked at") {
        Ok(())
    } else {
        Err(format!("stop_main {arg} ends with {status} at {signal:?}: {stderr}"))
    }
}
