//! What becomes of a bug of the host.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use crate::{Config, Host, RunConfig, Stdio, planted};

/// A guest of tests/programs, which has to be built.
fn guest(name: &str) -> PathBuf {
    let built = || {
        let test = std::env::current_exe().unwrap();
        test.ancestors().nth(3).unwrap().join("wasm32-wasip2/release")
    };
    std::env::var_os("GUESTS_DIR").map_or_else(built, PathBuf::from).join(name).with_extension("wasm")
}

/// The host panics when a job, which has one already, starts another.
#[test]
fn a_panic_of_the_host_is_the_failure_of_one_job() {
    let config = Config { cores: 2.try_into().unwrap(), ..Config::default() };
    let host = Host::new(&config).unwrap();
    let app = host.load(guest("par_fib")).unwrap();
    let run = RunConfig { stdout: Stdio::null(), stderr: Stdio::null(), ..RunConfig::default() };
    // The first is that of main, the second and the third those of its job.
    planted::CALLS.store(3, Ordering::SeqCst);
    let error = app.start(&run).unwrap().wait().unwrap_err();
    assert_eq!(planted::CALLS.load(Ordering::SeqCst), 0, "it has panicked");
    assert_eq!(error.exit_code(), 134, "main panics over its job, and nothing else does: {error}");
    assert_eq!(host.usage(), crate::Usage::default());
    assert_eq!(app.start(&run).unwrap().wait().unwrap(), 0, "the cores go on");
}
