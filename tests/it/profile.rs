//! `--perf-map`: profilers see the functions of guests.

use std::fs;
use std::process::Command;

use tempfile::tempdir;
use tests::{App, Running, guest, host};

#[test]
fn the_map_names_the_functions_of_an_app() {
    for cores in ["1", "2", "8"] {
        let mut run = host();
        run.args(["run", "--perf-map", "--cores", cores]).arg(guest("profile_shares")).arg("1000");
        let run = Running::start(run);
        let map = format!("/tmp/perf-{}.map", run.id());
        run.end().exit(0).stdout("0\n");
        let names = fs::read_to_string(&map).unwrap();
        fs::remove_file(&map).unwrap();
        for name in ["three_quarters", "one_quarter"] {
            assert!(names.lines().any(|line| line.contains(&format!("profile_shares::{name}"))), "{name}");
        }
    }
}

/// Without the flag there is no file, and an app whose code comes from the cache has one too.
#[test]
fn the_flag_decides_and_not_the_cache() {
    for (options, is_there) in [(&["run"][..], false), (&["run", "--perf-map"], true), (&["run"], false)] {
        let mut run = host();
        run.args(options).arg(guest("profile_shares")).arg("1000");
        let run = Running::start(run);
        let map = format!("/tmp/perf-{}.map", run.id());
        run.end().exit(0);
        assert_eq!(fs::remove_file(&map).is_ok(), is_there, "{options:?}");
    }
}

/// Returns the share of samples in the functions with this name, in percent.
fn share(report: &str, function: &str) -> f64 {
    let lines = report.lines().filter(|line| line.contains(function));
    lines.map(|line| line.trim().split('%').next().unwrap().parse::<f64>().unwrap()).sum()
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn perf_finds_known_shares() {
    let directory = tempdir().unwrap();
    let data = directory.path().join("perf.data");
    let data = data.to_str().unwrap();
    let perf =
        ["perf", "record", "--quiet", "--event", "cpu-clock", "--freq", "2000", "--output", data, "--"];
    let recorded = Command::new(perf[0]).args(&perf[1..]).arg("true").output();
    if !recorded.is_ok_and(|recorded| recorded.status.success()) {
        eprintln!("skipped: perf is not there, or may not record (Debian's linux-perf)");
        return;
    }
    let app = || App::new("profile_shares").cores(2).option("--perf-map");
    // Compiles it.
    app().arg("1").run().exit(0);
    app().arg("30000000").under(perf).run().exit(0);
    let mut report = Command::new("perf");
    report.args(["report", "--stdio", "--sort", "symbol", "--percent-limit", "1", "--input", data]);
    let report = Running::start(report).end().text();
    let share = |function: &str| share(&report, &format!("profile_shares::{function}"));
    let (most, least) = (share("three_quarters"), share("one_quarter"));
    let found = 100.0 * most / (most + least);
    assert!((70.0..80.0).contains(&found), "{found} % of {most} and {least}: {report}");
    assert!(most + least > 50.0, "{report}");
}
