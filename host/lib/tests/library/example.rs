//! The example for embedders works.

use std::process::Command;

use crate::guest::guest;

#[test]
fn two_apps() {
    let mut command = Command::new(env!("CARGO"));
    // Removes the variables that cargo set for this test. They would make cargo rebuild a crate below the
    // host.
    let own = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(own)) {
        command.env_remove(name);
    }
    command.args([
        "run",
        "--quiet",
        "--release",
        "--locked",
        "-p",
        "parallel-host",
        "--example",
        "two_apps",
        "--",
    ]);
    let output = command.arg(guest("stop_main")).arg(guest("par_fib")).output().unwrap();
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(output.status.success(), "{stderr}");
    assert!(stdout.contains("the second app: exit code 0\n"), "{stdout}");
    assert!(stdout.ends_with("stop_main.wasm was stopped\n"), "{stdout}");
    assert!(stderr.contains("job 0 of the first app: cancelled\n"), "{stderr}");
    assert!(stderr.contains("jobs       "), "{stderr}");
}
