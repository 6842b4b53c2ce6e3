//! Tests of how a bug of the host affects cores and runs.

use std::io::{self, BufRead as _, BufReader, PipeReader};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::imports::planted;
use crate::{Config, ErrorKind, Host, RunConfig, Stdio};

#[path = "../../../tests/shared/guest.rs"]
mod guest;

/// Serializes the tests: the process has only one planted bug.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads up to this line. Returns whether it was found.
fn has_line(pipe: PipeReader, line: &str) -> bool {
    BufReader::new(pipe).lines().any(|read| read.is_ok_and(|read| read == line))
}

/// A panic while the host serves main must not end its cores or other runs. It once did, because only jobs
/// were guarded.
#[test]
fn a_panic_of_the_host_over_main_is_the_end_of_its_run() {
    let _alone = alone();
    let config = Config { cores: 2.try_into().unwrap(), ..Config::default() };
    let host = Host::new(&config).unwrap();
    let quiet = || RunConfig { stdout: Stdio::null(), stderr: Stdio::null(), ..RunConfig::default() };
    let (broken, other) = (guest::guest("par_fib"), guest::guest("stop_main"));
    let (broken, other) = (host.load(broken).unwrap(), host.load(other).unwrap());
    // A run that continues until it is stopped.
    let (ready, stderr) = io::pipe().unwrap();
    let neighbour = RunConfig { args: vec!["waits".to_owned()], stderr: Stdio::to(stderr), ..quiet() };
    let neighbour = other.start(&neighbour).unwrap();
    assert!(has_line(ready, "ready"));

    // Panic in the call by which main starts its job.
    planted::CALLS.store(1, Ordering::SeqCst);
    let error = broken.start(&quiet()).unwrap().wait().unwrap_err();
    assert_eq!(planted::CALLS.load(Ordering::SeqCst), 0, "it has panicked");
    assert_eq!(error.kind(), ErrorKind::Bug, "{error}");
    let text = error.to_string();
    assert!(text.contains("panicked while main ran") && !text.contains('\n'), "{text}");

    assert_eq!(broken.start(&quiet()).unwrap().wait().unwrap(), 0, "the cores go on");
    neighbour.stop_handle().stop();
    assert!(
        neighbour.wait().is_err_and(|error| error.kind() == ErrorKind::Stopped),
        "and so did the other run"
    );
    assert_eq!(host.usage(), crate::Usage::default());
}

/// The host panics when a job that has already started one job starts another.
#[test]
fn a_panic_of_the_host_is_the_failure_of_one_job() {
    let _alone = alone();
    let config = Config { cores: 2.try_into().unwrap(), ..Config::default() };
    let host = Host::new(&config).unwrap();
    let app = host.load(guest::guest("par_fib")).unwrap();
    let run = RunConfig { stdout: Stdio::null(), stderr: Stdio::null(), ..RunConfig::default() };
    // The first call is made by main, the second and the third by its job.
    planted::CALLS.store(3, Ordering::SeqCst);
    let error = app.start(&run).unwrap().wait().unwrap_err();
    assert_eq!(planted::CALLS.load(Ordering::SeqCst), 0, "it has panicked");
    assert_eq!(error.kind(), ErrorKind::Trapped, "main panics over its job, and nothing else does: {error}");
    assert_eq!(host.usage(), crate::Usage::default());
    assert_eq!(app.start(&run).unwrap().wait().unwrap(), 0, "the cores go on");
}
