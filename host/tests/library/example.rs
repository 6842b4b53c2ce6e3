//! The program that embedders begin with does what it says.

use std::process::Command;

use crate::app::guest;

#[test]
fn two_apps() {
    let mut command = Command::new(env!("CARGO"));
    // That of this crate, which a crate below it would be built anew for.
    command.env_remove("CARGO_MANIFEST_DIR");
    command.args(["run", "--quiet", "--release", "--locked", "-p", "host", "--example", "two_apps", "--"]);
    let output = command.arg(guest("stop_main")).arg(guest("par_fib")).output().unwrap();
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(output.status.success(), "{stderr}");
    assert!(stdout.contains("the second app: exit code 0\n"), "{stdout}");
    assert!(stdout.ends_with("stop_main.wasm was stopped\n"), "{stdout}");
    assert!(stderr.contains("job 0 of the first app: cancelled\n"), "{stderr}");
    assert!(stderr.contains("jobs       "), "{stderr}");
}
