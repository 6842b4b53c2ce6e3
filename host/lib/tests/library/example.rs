//! The examples for embedders work.

use std::ffi::OsStr;
use std::process::{Command, Output};

use crate::guest::guest;

/// Runs an example with these arguments.
fn example(name: &str, args: &[&OsStr]) -> Output {
    let mut command = Command::new(env!("CARGO"));
    // Removes the variables that cargo set for this test. They would make cargo rebuild a crate below the
    // host.
    let own = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(own)) {
        command.env_remove(name);
    }
    command.args(["run", "--quiet", "--release", "--locked"]);
    // With the features of the command, so that nothing is built twice.
    command.args(["-p", "parallel-host", "--features", "cluster", "--example", name, "--"]);
    command.args(args).output().unwrap()
}

#[test]
fn two_apps() {
    let output = example("two_apps", &[guest("stop_main").as_ref(), guest("par_fib").as_ref()]);
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(output.status.success(), "{stderr}");
    assert!(stdout.contains("the second app: exit code 0\n"), "{stdout}");
    assert!(stdout.ends_with("stop_main.wasm was stopped\n"), "{stdout}");
    assert!(stderr.contains("job 0 of the first app: cancelled\n"), "{stderr}");
    assert!(stderr.contains("jobs       "), "{stderr}");
}

#[test]
fn a_filter_keeps_the_same_records_in_each_way() {
    let output = example("filter", &[guest("records").as_ref(), "20000".as_ref()]);
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(output.status.success(), "{stderr}");
    let kept = |line: &str| {
        line.split(": ").nth(1).and_then(|rest| rest.split(" records").next()).map(str::to_owned)
    };
    let kept = stdout.lines().map(kept).collect::<Vec<_>>();
    assert!(kept.len() == 3 && kept.iter().all(|kept| kept.as_deref() == Some("275 of 20000")), "{stdout}");
}

#[test]
fn typed_calls_are_measured_beside_a_bare_engine() {
    for how in ["library", "bare"] {
        let output =
            example("call_load", &[guest("values").as_ref(), how.as_ref(), "0".as_ref(), "2".as_ref()]);
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(printed.trim().parse::<f64>().is_ok_and(|each| each > 0.0), "{printed}");
    }
}
