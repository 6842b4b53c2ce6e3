//! Peers around a NATS server: each node is a process of its own, which can be stopped and killed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use cluster::nats::{Nats, NatsConfig, NatsError};
use cluster::wire::{Ending, JobId, PeerId};
use cluster::{PeerEnd, PeerHandle, now};
use rustix::process::{Pid, Signal, kill_process};

use super::away::Toys;
use super::home::{TestRun, Told};
use super::server::Server;
use super::{node_config, start, terms};

/// The variable that makes [`process`] a peer: its role, its number, and the address of the server. A node also has
/// its slots and the file for its effects.
const ROLE: &str = "CLUSTER_TEST_ROLE";

/// A child process that is a peer. Killed when this is dropped.
struct Process {
    child: Child,
    number: u64,
    effects: PathBuf,
}

impl Process {
    fn node(server: &Server, number: u64, slots: u32, folder: &Path) -> Self {
        let effects = folder.join(number.to_string());
        let role = format!("node {number} {} {slots} {}", server.url(), effects.display());
        Self { child: child(&role), number, effects }
    }

    fn owner(server: &Server, number: u64) -> Self {
        let role = format!("owner {number} {}", server.url());
        Self { child: child(&role), number, effects: PathBuf::new() }
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn name(&self) -> String {
        format!("node-{}", self.number)
    }

    fn effects(&self) -> String {
        std::fs::read_to_string(&self.effects).unwrap_or_default()
    }

    /// Returns the number of jobs that have begun here.
    fn begun(&self) -> usize {
        self.effects().lines().filter(|line| line.starts_with("begin")).count()
    }

    /// Waits until the file of effects has grown by so many lines.
    fn wait_for_effects(&self, lines: usize) {
        let before = self.effects().lines().count();
        while self.effects().lines().count() < before + lines {
            std::thread::yield_now();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn child(role: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "nats::process", "--nocapture"]).env(ROLE, role);
    command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap()
}

/// The test that child processes run. Without the variable, it is none.
#[test]
fn process() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let words: Vec<_> = role.split(' ').collect();
    let number = words[1].parse().unwrap();
    let (peer, end) = connect(number, NatsConfig::new(words[2])).unwrap();
    if words[0] == "node" {
        let toys = Toys::new(peer.node(), Path::new(words[4]));
        peer.serve(node_config(&format!("node-{number}"), words[3].parse().unwrap()), toys);
        end.recv().unwrap();
    } else {
        let run = TestRun::new(&peer);
        run.queue("hold", "", 100);
        loop {
            run.next();
        }
    }
}

fn connect(
    number: u64,
    config: NatsConfig,
) -> Result<(PeerHandle, std::sync::mpsc::Receiver<PeerEnd>), NatsError> {
    let id = PeerId::from(number);
    start(id, async move || Nats::connect(id, &config).await)
}

/// A server with nodes, and an owner in this process.
struct World {
    server: Server,
    nodes: Vec<Process>,
    owner: PeerHandle,
    end: std::sync::mpsc::Receiver<PeerEnd>,
    folder: tempfile::TempDir,
}

impl World {
    fn new(slots: &[u32]) -> Option<Self> {
        let server = Server::start("")?;
        let folder = tempfile::tempdir().unwrap();
        let node = |(slots, number): (&u32, u64)| Process::node(&server, number, *slots, folder.path());
        let nodes = slots.iter().zip(10..).map(node).collect();
        let (owner, end) = connect(1, NatsConfig::new(server.url())).unwrap();
        Some(Self { server, nodes, owner, end, folder })
    }

    /// Shuts the owner down, and waits until nothing keeps it.
    fn end(self) {
        self.owner.shut_down();
        assert_eq!(self.end.recv_timeout(super::PATIENCE).unwrap(), PeerEnd::ShutDown);
    }
}

/// Returns how many of these ends are losses on this node.
fn lost_on(ends: &BTreeMap<JobId, Told>, node: &str) -> usize {
    ends.values().filter(|told| matches!(told, Told::Lost(_, name) if name == node)).count()
}

fn returned(ends: &BTreeMap<JobId, Told>) -> usize {
    ends.values().filter(|told| matches!(told, Told::Ended(_, Ending::Returned, _))).count()
}

#[test]
fn jobs_run_on_all_nodes() {
    let Some(world) = World::new(&[2, 1, 1]) else { return };
    let run = TestRun::new(&world.owner);
    run.queue("echo", vec![7; 1000], 3000);
    assert_eq!(returned(&run.ends(3000)), 3000);
    assert_eq!(world.nodes.iter().map(Process::begun).sum::<usize>(), 3000);
    // Jobs that wait for each other's slots occupy all of them.
    run.queue("hold", "", 4);
    run.take(4);
    world.nodes.iter().for_each(|node| node.wait_for_effects(1));
    run.close();
    world.end();
}

#[test]
fn a_message_of_64_mib_and_its_result_cross() {
    let Some(world) = World::new(&[1]) else { return };
    let run = TestRun::new(&world.owner);
    let message = Bytes::from(vec![5; 64 << 20]);
    run.queue("echo", message.clone(), 1);
    run.take(1);
    assert!(matches!(run.next(), Told::Ended(_, Ending::Returned, body) if body == message));
    run.close();
    world.end();
}

#[test]
fn the_jobs_of_a_node_that_is_killed_are_lost_and_no_others() {
    let Some(mut world) = World::new(&[3, 3]) else { return };
    let run = TestRun::new(&world.owner);
    run.queue("hold", "", 6);
    let jobs = run.take(6);
    world.nodes.iter().for_each(|node| node.wait_for_effects(10));
    let start = now();
    world.nodes[0].kill();
    let ends = run.ends(3);
    let waited = now().since(start);
    assert_eq!(lost_on(&ends, "node-10"), 3);
    assert!(waited < terms().lost() + Duration::from_millis(500), "lost after {waited:?}");
    // The others go on, and stop when they are asked to.
    world.nodes[1].wait_for_effects(10);
    for job in jobs.iter().filter(|job| !ends.contains_key(job)) {
        run.handle.stop(*job, Duration::from_secs(1));
    }
    assert!(run.ends(3).values().all(|told| matches!(told, Told::Ended(_, Ending::Stopped, _))));
    assert_eq!(world.nodes.iter().map(Process::begun).collect::<Vec<_>>(), [3, 3]);
    run.close();
    world.end();
}

#[test]
fn a_node_that_was_stopped_for_too_long_does_nothing_more_for_lost_jobs() {
    let Some(world) = World::new(&[2]) else { return };
    let run = TestRun::new(&world.owner);
    run.queue("hold", "", 2);
    run.take(2);
    let node = &world.nodes[0];
    node.wait_for_effects(10);
    node.signal(Signal::STOP);
    assert_eq!(lost_on(&run.ends(2), &node.name()), 2);
    let before = node.effects();
    node.signal(Signal::CONT);
    // It joins again, and runs what comes then.
    run.queue("echo", "again", 1);
    assert_eq!(returned(&run.ends(1)), 1);
    let after = node.effects().split_off(before.len());
    let lines: Vec<_> = after.lines().collect();
    assert!(matches!(lines[..], [line] if line.starts_with("begin")), "after the loss: {after}");
    run.close();
    world.end();
}

#[test]
fn nothing_is_lost_if_the_server_is_back_within_the_fence() {
    let Some(mut world) = World::new(&[2, 2]) else { return };
    let run = TestRun::new(&world.owner);
    run.queue("hold", "", 2);
    run.take(2);
    run.queue("echo", vec![3; 20_000], 2000);
    let mut ends = run.ends(200);
    world.server.kill();
    world.server.restart();
    while ends.len() < 2000 {
        ends.extend(run.ends(1));
    }
    assert_eq!(returned(&ends), 2000);
    assert_eq!(world.nodes.iter().map(Process::begun).sum::<usize>(), 2002, "no job runs twice");
    world.nodes.iter().find(|node| node.effects().contains("goes-on")).unwrap().wait_for_effects(1);
    run.close();
    world.end();
}

#[test]
fn all_remote_jobs_are_lost_if_the_server_stays_away() {
    let Some(mut world) = World::new(&[2]) else { return };
    let run = TestRun::new(&world.owner);
    run.queue("hold", "", 2);
    run.take(2);
    world.nodes[0].wait_for_effects(10);
    world.server.kill();
    assert_eq!(lost_on(&run.ends(2), "node-10"), 2);
    let before = world.nodes[0].effects();
    world.server.restart();
    run.queue("echo", "again", 1);
    assert_eq!(returned(&run.ends(1)), 1);
    let after = world.nodes[0].effects().split_off(before.len());
    assert_eq!(after.lines().count(), 1, "after the loss: {after}");
    run.close();
    world.end();
}

#[test]
fn nodes_are_idle_within_the_fence_after_the_death_of_an_owner() {
    let Some(world) = World::new(&[2]) else { return };
    let mut owner = Process::owner(&world.server, 2);
    let node = &world.nodes[0];
    node.wait_for_effects(10);
    owner.kill();
    let start = now();
    // The slots are free for another owner when the jobs have ended.
    let run = TestRun::new(&world.owner);
    run.queue("echo", "mine", 2);
    assert_eq!(returned(&run.ends(2)), 2);
    let waited = now().since(start);
    assert!(waited < terms().fence() + Duration::from_millis(500), "idle after {waited:?}");
    let begun = node.effects();
    let last = begun.lines().last().unwrap();
    assert!(last.starts_with("begin 0000000000000001/"), "the last effect: {last}");
    run.close();
    world.end();
}

#[test]
fn a_node_that_joins_later_takes_jobs() {
    let Some(mut world) = World::new(&[]) else { return };
    let run = TestRun::new(&world.owner);
    run.queue("echo", "early", 10);
    world.nodes.push(Process::node(&world.server, 10, 1, world.folder.path()));
    assert_eq!(returned(&run.ends(10)), 10);
    run.close();
    world.end();
}

#[test]
fn messages_that_the_client_drops_are_sent_again() {
    let Some(world) = World::new(&[4]) else { return };
    let config = NatsConfig { buffer: 4, ..NatsConfig::new(world.server.url()) };
    let (owner, end) = connect(2, config).unwrap();
    let run = TestRun::new(&owner);
    run.queue("echo", vec![1; 1_000_000], 40);
    assert_eq!(returned(&run.ends(40)), 40);
    assert_eq!(world.nodes[0].begun(), 40, "no job runs twice");
    run.close();
    owner.shut_down();
    assert_eq!(end.recv().unwrap(), PeerEnd::ShutDown);
    world.end();
}

#[test]
fn a_denied_subject_is_named() {
    let denied = |what: &str| {
        format!("authorization {{ users: [{{ user: a, password: b, permissions: {{ {what} }} }}] }}")
    };
    for (what, named) in [
        ("publish: { deny: \"parallel.all\" }", "`parallel.all` (nats: Permissions Violation for Publish"),
        ("subscribe: { deny: \"parallel.*.data\" }", "`parallel.0000000000000001.data`"),
        ("publish: { deny: \"parallel.*.control\" }", "`parallel.0000000000000001.control`"),
    ] {
        let Some(server) = Server::start(&denied(what)) else { return };
        let user = Some(("a".to_owned(), "b".to_owned()));
        let error = connect(1, NatsConfig { user, ..NatsConfig::new(server.url()) }).unwrap_err().to_string();
        assert!(error.contains(named) && error.contains("allow the user to publish"), "{what}: {error}");
        let error = connect(1, NatsConfig::new(server.url())).unwrap_err().to_string();
        assert!(error.contains("refuses the user"), "{error}");
    }
}

#[test]
fn a_server_that_cannot_be_reached_is_named() {
    let Some(mut server) = Server::start("") else { return };
    server.kill();
    let error = connect(1, NatsConfig::new(server.url())).unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot reach the NATS server {}", server.url())), "{error}");
    let error = connect(1, NatsConfig::new("nats://host:port")).unwrap_err().to_string();
    assert!(error.contains("`nats://host:port` is no address of a NATS server"), "{error}");
    let credentials = Some("no/such/file".into());
    let error =
        connect(1, NatsConfig { credentials, ..NatsConfig::new(server.url()) }).unwrap_err().to_string();
    assert!(error.starts_with("cannot read no/such/file"), "{error}");
}
