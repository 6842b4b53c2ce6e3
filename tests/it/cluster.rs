//! Runs on several machines: hosts as processes of their own around a real NATS server.

#[path = "../../host/cluster/tests/peers/server.rs"]
mod server;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::Command;

use tests::{App, Output, Running, guest, host};

use server::Server;

/// A server, and nodes with three cores each.
struct Machines {
    server: Server,
    nodes: Vec<Running>,
}

impl Machines {
    /// Returns `None` where there is no server, which it says.
    fn new(nodes: usize) -> Option<Self> {
        let server = Server::start("")?;
        let nodes = (0..nodes).map(|n| node(&server.url(), n, &["--trust", "any"])).collect();
        Some(Self { server, nodes })
    }

    /// Selects a guest, which has one core at home.
    fn app(&self, name: &str) -> App {
        App::new(name).cores(1).option("--cluster").option(self.server.url())
    }

    /// Selects what the program of this module does.
    fn jobs(&self, what: &str) -> App {
        self.app("cluster_jobs").arg(what)
    }

    /// Waits until all cores of all nodes are free.
    fn wait_until_idle(&self) {
        loop {
            let table = run(&["nodes", "--cluster", &self.server.url()]).exit(0).text();
            let rows = table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
            let idle = rows.filter(|row| row[1] == row[2]).count();
            if idle == self.nodes.len() {
                return;
            }
        }
    }
}

/// Starts a node, and waits until it is ready.
fn node(url: &str, number: usize, options: &[&str]) -> Running {
    let mut command = host();
    command
        .args(["node", "--cores", "3", "--name", &format!("node-{number}"), "--cluster", url])
        .args(options);
    let mut node = Running::start(command);
    node.complains("offers 3 cores");
    node
}

/// Runs a command of the host to its end.
fn run(args: &[&str]) -> Output {
    let mut command = host();
    command.args(args);
    Running::start(command).end()
}

/// Reads lines from the stdout of an app until so many jobs are on nodes. Returns their numbers.
fn away(lines: &mut impl Iterator<Item = std::io::Result<String>>, jobs: usize) -> BTreeSet<String> {
    let mut numbers = BTreeSet::new();
    while numbers.len() < jobs {
        let line = lines.next().expect("jobs leave").unwrap();
        let number = line.strip_prefix("away ").expect("only jobs on nodes print").to_owned();
        assert!(numbers.insert(number), "a job runs twice: {line}");
    }
    numbers
}

/// Returns the numbers of the jobs that were lost, of which the rest of the output tells.
#[track_caller]
fn lost(lines: impl Iterator<Item = std::io::Result<String>>) -> BTreeSet<String> {
    let number = |line: String| {
        let (number, node) =
            line.strip_prefix("lost ").and_then(|line| line.split_once(" with ")).expect(&line);
        assert_eq!(node, "node-0");
        number.to_owned()
    };
    lines.map(|line| number(line.unwrap())).collect()
}

fn kill(process: u32) {
    assert!(Command::new("kill").args(["-s", "KILL", &process.to_string()]).status().unwrap().success());
}

#[test]
fn jobs_leave_and_their_results_and_lines_come_back() {
    let Some(machines) = Machines::new(1) else { return };
    let output = machines.jobs("squares").run();
    output.exit(0).stderr("").stdout_has("some were away\n");
    // Each job prints its line once, wherever it ran.
    let text = output.text();
    let lines = text.lines().filter(|line| line.starts_with("job ")).count();
    assert!(lines >= 20 && lines % 20 == 0, "{text}");
    let per_job = lines / 20;
    for n in 0..20 {
        assert_eq!(text.lines().filter(|line| *line == format!("job {n}")).count(), per_job, "{text}");
    }
}

#[test]
fn statistics_count_jobs_on_nodes() {
    let Some(machines) = Machines::new(1) else { return };
    machines.jobs("squares").option("--stats").run().exit(0).stderr_has("\non nodes   ");
}

#[test]
fn jobs_of_a_job_run_where_it_does() {
    let Some(machines) = Machines::new(1) else { return };
    machines.jobs("tree").run().exit(0).stderr("").stdout("a tree of 8 leaves was away\n");
}

#[test]
fn a_job_fails_there_as_at_home() {
    let Some(machines) = Machines::new(1) else { return };
    for how in ["panic", "trap", "exit", "memory", "timeout", "nested"] {
        let there = machines.jobs("fails").arg(how).run();
        let here = App::new("cluster_jobs").cores(1).arg("fails-at-home").arg(how).run();
        there.exit(0);
        assert_eq!(there.text(), here.exit(0).text());
    }
}

#[test]
fn a_job_that_reads_stdin_there_fails() {
    let Some(machines) = Machines::new(1) else { return };
    let output = machines.jobs("fails").arg("stdin").run();
    output.exit(0).stdout_has("stdin: trapped: a job on another machine has no stdin: read stdin in main");
    // Without stdin it is the same everywhere: empty. Then jobs there do not fail, and this goes on.
    let app = machines.jobs("squares").option("-S").option("inherit-stdin=n");
    app.run().exit(0).stdout_has("some were away\n");
}

#[test]
fn jobs_that_are_dropped_leave_their_nodes() {
    let Some(machines) = Machines::new(2) else { return };
    let mut running = machines.jobs("cancels").start();
    let (mut stdin, mut lines) = (running.stdin(), BufReader::new(running.stdout()).lines());
    away(&mut lines, 6);
    stdin.write_all(b"\n").unwrap();
    let rest = lines.map(Result::unwrap).collect::<Vec<_>>();
    assert_eq!(rest.last().map(String::as_str), Some("some were away"), "{rest:?}");
    running.end().exit(0).stderr("");
    machines.wait_until_idle();
}

#[test]
fn the_jobs_of_a_node_that_is_killed_are_lost_and_no_others() {
    let Some(machines) = Machines::new(1) else { return };
    let mut running = machines.jobs("loses").start();
    let (mut stdin, mut lines) = (running.stdin(), BufReader::new(running.stdout()).lines());
    let gone = away(&mut lines, 3);
    kill(machines.nodes[0].id());
    stdin.write_all(b"\n").unwrap();
    assert_eq!(gone, lost(lines));
    running.end().exit(0).stderr_has("warning: node node-0 runs no jobs of this run");
}

#[test]
fn lost_jobs_run_again_at_home_if_they_may() {
    let Some(machines) = Machines::new(1) else { return };
    let mut running = machines.jobs("loses").option("--rerun-lost").start();
    let (mut stdin, mut lines) = (running.stdin(), BufReader::new(running.stdout()).lines());
    away(&mut lines, 3);
    kill(machines.nodes[0].id());
    stdin.write_all(b"\n").unwrap();
    // At home they end, and nothing is lost.
    assert_eq!(lost(lines).len(), 0);
    running.end().exit(0);
}

#[test]
fn nodes_are_idle_after_the_death_of_an_owner() {
    let Some(machines) = Machines::new(2) else { return };
    let mut running = machines.jobs("loses").start();
    away(&mut BufReader::new(running.stdout()).lines(), 6);
    kill(running.id());
    machines.wait_until_idle();
    machines.jobs("squares").run().exit(0).stdout_has("some were away\n");
}

#[test]
fn work_goes_on_at_home_when_the_server_is_gone() {
    let Some(mut machines) = Machines::new(1) else { return };
    let mut running = machines.jobs("loses").start();
    let (mut stdin, mut lines) = (running.stdin(), BufReader::new(running.stdout()).lines());
    let gone = away(&mut lines, 3);
    machines.server.kill();
    stdin.write_all(b"\n").unwrap();
    assert_eq!(gone, lost(lines));
    running.end().exit(0).stderr_has("warning: lost the connection to the NATS server");
}

#[test]
fn a_node_that_leaves_ends_its_jobs_first() {
    let Some(mut machines) = Machines::new(1) else { return };
    let mut running = machines.jobs("cancels").start();
    let (mut stdin, mut lines) = (running.stdin(), BufReader::new(running.stdout()).lines());
    away(&mut lines, 3);
    let node = machines.nodes.remove(0);
    assert!(Command::new("kill").args(["-s", "TERM", &node.id().to_string()]).status().unwrap().success());
    // Its jobs go on until they are dropped.
    machines.nodes.push(self::node(&machines.server.url(), 1, &["--trust", "any"]));
    stdin.write_all(b"\n").unwrap();
    lines.for_each(drop);
    running.end().exit(0);
    node.end().exit(0);
}

#[test]
fn examples_print_the_same_with_any_number_of_nodes() {
    for nodes in [0, 1, 3] {
        let Some(machines) = Machines::new(nodes) else { return };
        machines.app("primes").arg("1000001").run().stdout("78498\n").stderr("").exit(0);
        let alone = App::new("sort").cores(2).arg("300003").run().text();
        machines.app("sort").arg("300003").run().stdout(&alone).exit(0);
        let alone = App::new("matmul").cores(2).arg("256").run().text();
        machines.app("matmul").arg("256").run().stdout(&alone).exit(0);
    }
}

#[test]
fn runs_with_grants_of_this_machine_stay_and_say_so_once() {
    let Some(machines) = Machines::new(1) else { return };
    let folder = tempfile::tempdir().unwrap();
    let primes = || machines.app("primes").arg("100000");
    let output = primes().dir(folder.path(), "/data").run();
    output
        .stdout("9592\n")
        .stderr_is_one_line()
        .stderr_has("jobs stay on this machine: the run has directories");
    primes().network().run().stdout("9592\n").stderr_is_one_line().stderr_has("access to the network");
    primes().env("A", "b").run().stdout("9592\n").stderr_is_one_line().stderr_has("is not encrypted");
}

#[test]
fn a_program_that_is_not_trusted_stays_at_home() {
    let Some(server) = Server::start("") else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).into_os_string().into_string().unwrap();
    let public = run(&["key", "new", &path("key")]).exit(0).text();
    let _node = node(&server.url(), 0, &["--trust", public.trim()]);
    fs::copy(guest("cluster_jobs"), path("app.wasm")).unwrap();
    let app = || App::file(path("app.wasm")).cores(1).option("--cluster").option(server.url());
    // This one goes on until a job is on a node.
    app().arg("squares").start().complains("the program is not signed");
    run(&["sign", &path("app.wasm"), "--key", &path("key")]).exit(0);
    app().arg("squares").run().exit(0).stderr("").stdout_has("some were away\n");
    let other = guest("primes").into_os_string().into_string().unwrap();
    run(&["sign", &other, "--key", &path("key"), "-o", &path("app.wasm.sig")]).exit(0);
    app().arg("squares").start().complains("the signature is not one of this program");
    let output = run(&["key", "new", &path("key")]);
    output.exit(2).stderr_is_one_line().stderr_has("a key is not overwritten");
}

#[test]
fn a_server_that_cannot_be_reached_is_one_line() {
    let nowhere = || App::new("primes").option("--cluster").option("nats://127.0.0.1:1");
    let output = nowhere().arg("100").run();
    output
        .exit(69)
        .stdout("")
        .stderr_is_one_line()
        .stderr_has("cannot reach the NATS server nats://127.0.0.1:1");
    let output = run(&["node", "--trust", "any", "--cluster", "nats://127.0.0.1:1"]);
    output.exit(69).stderr_is_one_line();
    let output = nowhere().option("--creds").option("no/such/file").arg("100").run();
    output.exit(66).stderr_is_one_line().stderr_has("cannot read no/such/file");
    let output = run(&["node", "--trust", "me", "--cluster", "nats://127.0.0.1:1"]);
    output.exit(2).stderr_has("invalid value for --trust: not a public key");
    run(&["node", "--trust", "any"])
        .exit(2)
        .stderr_has("no server: add --cluster nats://HOST:PORT, or set NATS_URL");
}

/// Makes a certificate and its key, signed by another if there is one.
fn certificate(folder: &Path, name: &str, signer: Option<&str>) -> String {
    let path = |name: &str, kind: &str| {
        folder.join(format!("{name}.{kind}")).into_os_string().into_string().unwrap()
    };
    let mut openssl = Command::new("openssl");
    openssl.args([
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        &format!("/CN={name}"),
    ]);
    openssl.args([
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        &path(name, "key"),
        "-out",
        &path(name, "pem"),
    ]);
    if let Some(signer) = signer {
        openssl.args(["-CA", &path(signer, "pem"), "-CAkey", &path(signer, "key")]);
        openssl.args(["-addext", "basicConstraints=CA:FALSE"]);
    }
    assert!(openssl.output().unwrap().status.success());
    path(name, "pem")
}

#[test]
fn certificates_are_checked_and_variables_cross_only_with_tls() {
    let folder = tempfile::tempdir().unwrap();
    let authority = certificate(folder.path(), "authority", None);
    let other = certificate(folder.path(), "other", None);
    let of_server = certificate(folder.path(), "server", Some("authority"));
    let config =
        format!("tls {{ cert_file: {of_server:?}, key_file: {:?} }}", of_server.replace(".pem", ".key"));
    let Some(server) = Server::start(&config) else { return };
    let url = server.url().replace("nats:", "tls:");
    let output = run(&["nodes", "--cluster", &url, "--tlsca", &other]);
    output.exit(69).stdout("").stderr_is_one_line().stderr_has(&format!("no TLS with the NATS server {url}"));
    let _node = node(&url, 0, &["--trust", "any", "--tlsca", &authority]);
    let app = App::new("cluster_jobs")
        .cores(1)
        .option("--cluster")
        .option(&url)
        .option("--tlsca")
        .option(&authority);
    app.env("A", "b").arg("squares").run().exit(0).stderr("").stdout_has("some were away\n");
}
