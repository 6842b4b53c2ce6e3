//! `--metrics`: what Prometheus reads while an app runs.

use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use tests::{App, Output, Running, guest, host};

/// Waits until metrics are served, and returns their address.
fn address(running: &mut Running) -> String {
    let line = running.complains("metrics on http://");
    line.split_once("metrics on ").unwrap().1.trim().to_owned()
}

fn curl(args: &[&str]) -> Output {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--max-time", "30"]).args(args);
    Running::start(curl).end()
}

/// Returns the value of a metric with these labels.
#[track_caller]
fn value(text: &str, metric: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(metric)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {metric} in {text}")).parse().unwrap()
}

/// Checks that Prometheus' own tool has no complaint about metrics.
#[track_caller]
fn check(text: &str) {
    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut promtool = promtool.spawn().expect("cargo xtask test --only packages installs it");
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn an_app_that_runs() {
    for cores in [1, 2, 8] {
        let mut running = App::new("cli_cat").cores(cores).option("--metrics").option("127.0.0.1:0").start();
        let stdin = running.stdin();
        let address = address(&mut running);
        let mut text = curl(&[&address]).text();
        // The first metrics may be from before main begins.
        while value(&text, "parallel_host_jobs_running") < 1.0 {
            text = curl(&[&address]).text();
        }
        check(&text);
        assert_eq!(value(&text, "parallel_host_jobs_waiting"), 0.0);
        assert_eq!(value(&text, "parallel_host_jobs_total{end=\"out_of_memory\"}"), 0.0);
        let of_cores =
            (0..cores).map(|n| value(&text, &format!("parallel_host_core_jobs_total{{core=\"{n}\"}}")));
        assert_eq!(of_cores.sum::<f64>(), 1.0);
        assert!(value(&text, "process_resident_memory_bytes") > 1e6);
        let elsewhere = address.replace("/metrics", "/");
        curl(&["--output", "/dev/null", "--write-out", "%{http_code}", &elsewhere]).stdout("404");
        curl(&["--data", "x", "--output", "/dev/null", "--write-out", "%{http_code}", &address])
            .stdout("405");
        drop(stdin);
        running.end().exit(0);
    }
}

#[test]
fn a_server() {
    let mut command = host();
    command.args(["serve", "--addr", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]).arg(guest("serves_wstd"));
    let mut server = Running::start(command);
    let metrics = address(&mut server);
    let line = server.complains("serving on http");
    let page = line.split_once("serving on ").unwrap().1.trim();
    let before = value(&curl(&[&metrics]).text(), "parallel_host_jobs_total{end=\"returned\"}");
    for _ in 0..3 {
        curl(&[page]).exit(0);
    }
    let mut text = curl(&[&metrics]).text();
    // A response may be complete a moment before its job has ended.
    while value(&text, "parallel_host_jobs_total{end=\"returned\"}") < before + 3.0 {
        text = curl(&[&metrics]).text();
    }
    check(&text);
    assert!(value(&text, "parallel_host_job_queue_seconds_count") >= 3.0);
    assert!(value(&text, "parallel_host_core_busy_seconds_total{core=\"0\"}") >= 0.0);
}

#[test]
fn an_address_in_use_is_one_line() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let output = App::new("par_cores").option("--metrics").option(&address).run();
    output.exit(71).stderr_is_one_line().stderr_has(&format!("cannot listen at {address}: "));
    output.stderr_has("(--metrics)");
    App::new("par_cores").option("--metrics").option("9100").run().exit(2).stderr_has("--metrics");
}
