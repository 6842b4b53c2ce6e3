//! Sandboxes: where binding threads to CPUs is forbidden, the host used to exit with 71, although only speed
//! depends on it.

use std::collections::BTreeMap;

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};
use tests::{App, Output};

/// The numbers of the system calls that set and get the CPU affinity.
const SETAFFINITY: i64 = if cfg!(target_arch = "x86_64") { 203 } else { 122 };
const GETAFFINITY: i64 = if cfg!(target_arch = "x86_64") { 204 } else { 123 };

const EPERM: u32 = 1;
const EINVAL: u32 = 22;
const ENOSYS: u32 = 38;

/// Runs an app in a sandbox in which these system calls fail with this error.
fn without(calls: &[i64], errno: u32, app: App) -> Output {
    let rules = calls.iter().map(|&call| (call, Vec::new())).collect::<BTreeMap<_, _>>();
    let arch = TargetArch::try_from(std::env::consts::ARCH).unwrap();
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(errno), arch);
    let filter = BpfProgram::try_from(filter.unwrap()).unwrap();
    // The filter applies to a thread and the processes that it starts.
    let run = move || {
        seccompiler::apply_filter(&filter).unwrap();
        app.run()
    };
    std::thread::spawn(run).join().unwrap()
}

/// Returns an app that keeps one core per CPU busy.
fn all_cpus() -> App {
    App::new("par_fib")
}

#[test]
fn threads_need_not_be_bound_to_cpus() {
    let right = all_cpus().run();
    right.exit(0).stderr("");
    for errno in [EPERM, EINVAL, ENOSYS] {
        let output = without(&[SETAFFINITY], errno, all_cpus());
        output.exit(0).stdout(&right.text()).stderr_has("warning: cannot bind core");
        // One warning, not one for each core.
        assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
    }
}

#[test]
fn cpus_need_not_be_known() {
    let right = all_cpus().run();
    for errno in [EPERM, EINVAL, ENOSYS] {
        let output = without(&[GETAFFINITY, SETAFFINITY], errno, all_cpus());
        output.exit(0).stdout(&right.text()).stderr_has("those of the process are unknown");
    }
}
