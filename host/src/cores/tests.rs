//! What becomes of a bug of the host.

use std::sync::atomic::Ordering;

use crate::{Config, Host, RunConfig, Stdio, planted};

#[path = "../../tests/shared/guest.rs"]
mod guest;

/// The host panics when a job, which has one already, starts another.
#[test]
fn a_panic_of_the_host_is_the_failure_of_one_job() {
    let config = Config { cores: 2.try_into().unwrap(), ..Config::default() };
    let host = Host::new(&config).unwrap();
    let app = host.load(guest::guest("par_fib")).unwrap();
    let run = RunConfig { stdout: Stdio::null(), stderr: Stdio::null(), ..RunConfig::default() };
    // The first is that of main, the second and the third those of its job.
    planted::CALLS.store(3, Ordering::SeqCst);
    let error = app.start(&run).unwrap().wait().unwrap_err();
    assert_eq!(planted::CALLS.load(Ordering::SeqCst), 0, "it has panicked");
    assert_eq!(error.exit_code(), 134, "main panics over its job, and nothing else does: {error}");
    assert_eq!(host.usage(), crate::Usage::default());
    assert_eq!(app.start(&run).unwrap().wait().unwrap(), 0, "the cores go on");
}
