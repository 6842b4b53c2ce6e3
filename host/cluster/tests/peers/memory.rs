//! Peers within one process.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use cluster::memory::Network;
use cluster::wire::{Ending, JobId, PeerId};
use cluster::{PeerEnd, PeerHandle, now};

use super::away::Toys;
use super::home::{TestRun, Told};
use super::{node_config, start, terms};

/// A network with one owner, and nodes whose numbers begin at 10.
struct World {
    network: Network,
    owner: PeerHandle,
    ends: Vec<std::sync::mpsc::Receiver<PeerEnd>>,
    nodes: Vec<PeerHandle>,
    folder: tempfile::TempDir,
}

impl World {
    fn new(nodes: u64) -> Self {
        let network = Network::new();
        let folder = tempfile::tempdir().unwrap();
        let join = |number| {
            let (network, id) = (network.clone(), PeerId::from(number));
            start(id, async move || Ok::<_, Infallible>(network.join(id))).unwrap()
        };
        let (owner, end) = join(1);
        let mut ends = vec![end];
        let mut handles = Vec::new();
        for number in 10..10 + nodes {
            let (node, end) = join(number);
            let toys = Toys::new(node.node(), &folder.path().join(number.to_string()));
            node.serve(node_config(&format!("node-{number}"), 2), toys);
            ends.push(end);
            handles.push(node);
        }
        Self { network, owner, ends, nodes: handles, folder }
    }

    fn effects(&self, node: u64) -> String {
        std::fs::read_to_string(self.folder.path().join(node.to_string())).unwrap()
    }

    /// Shuts all peers down, and checks that nothing keeps them.
    fn end(self) {
        self.owner.shut_down();
        self.nodes.iter().for_each(PeerHandle::shut_down);
        for end in self.ends {
            assert_eq!(end.recv_timeout(super::PATIENCE).unwrap(), PeerEnd::ShutDown);
        }
    }
}

#[test]
fn all_results_arrive_although_messages_are_lost_and_repeated() {
    let world = World::new(2);
    world.network.disturb(Some(11), Some(7));
    let run = TestRun::new(&world.owner);
    for length in 0..100 {
        run.queue("echo", vec![length; usize::from(length) * 100], 1);
    }
    let mut lengths = BTreeMap::<usize, u32>::new();
    for (job, told) in run.ends(100) {
        let Told::Ended(_, Ending::Returned, body) = told else { panic!("{job}: {told:?}") };
        *lengths.entry(body.len()).or_default() += 1;
    }
    assert_eq!(lengths, (0..100).map(|length| (length * 100, 1)).collect());
    world.network.disturb(None, None);
    let begun = world.effects(10) + &world.effects(11);
    assert_eq!(begun.lines().count(), 100, "no job runs twice");
    run.close();
    world.end();
}

#[test]
fn a_large_message_and_its_result_cross_in_pieces() {
    let world = World::new(1);
    let run = TestRun::new(&world.owner);
    let message: Bytes = (0..20_000_000_u32).map(|index| (index % 251) as u8).collect::<Vec<_>>().into();
    run.queue("echo", message.clone(), 1);
    assert_eq!(run.take(1).len(), 1);
    assert!(matches!(run.next(), Told::Ended(_, Ending::Returned, body) if body == message));
    run.close();
    world.end();
}

#[test]
fn items_wait_for_the_parent_and_arrive_before_the_result() {
    let world = World::new(1);
    let run = TestRun::new(&world.owner);
    run.queue("items", [20].as_slice(), 1);
    let [job] = run.take(1)[..] else { panic!("one job was queued") };
    for number in 0..20 {
        run.handle.more(job, 1);
        assert_eq!(run.next(), Told::Item(job, vec![number; 1000].into()));
    }
    assert_eq!(run.next(), Told::Output(job, "done\n".into()));
    assert_eq!(run.next(), Told::Ended(job, Ending::Returned, Bytes::new()));
    run.close();
    world.end();
}

#[test]
fn nodes_tell_their_presence() {
    let world = World::new(2);
    let (told, nodes) = std::sync::mpsc::channel();
    world.owner.watch_nodes(move |peer, presence| _ = told.send((peer, presence.clone())));
    let mut seen = BTreeMap::new();
    while seen.len() < 2 {
        let (peer, presence) = nodes.recv_timeout(super::PATIENCE).unwrap();
        seen.insert(peer, (presence.name, presence.slots, presence.free));
    }
    let presence = |number| (PeerId::from(number), (format!("node-{number}"), 2, 2));
    assert_eq!(seen, BTreeMap::from([presence(10), presence(11)]));
    world.end();
}

#[test]
fn a_job_that_is_stopped_ends_at_once() {
    let world = World::new(1);
    let run = TestRun::new(&world.owner);
    run.queue("hold", "", 2);
    let jobs = run.take(2);
    run.handle.stop(jobs[1], Duration::from_secs(1));
    assert_eq!(run.next(), Told::Ended(jobs[1], Ending::Stopped, Bytes::new()));
    // The other is killed at the end of the run, and lost.
    run.close();
    world.end();
}

#[test]
fn jobs_of_a_node_that_is_cut_off_are_lost_and_stop() {
    let world = World::new(1);
    let run = TestRun::new(&world.owner);
    run.queue("hold", "", 2);
    let jobs = run.take(2);
    wait_for_effects(&world, &jobs);
    let start = now();
    world.network.cut(PeerId::from(10));
    let lost: Vec<_> = run.ends(2).into_iter().collect();
    let waited = now().since(start);
    let lost_at = world.effects(10);
    assert_eq!(lost, jobs.map_lost("node-10"));
    assert!(waited < terms().lost() + Duration::from_millis(500), "lost after {waited:?}");
    // When the node is back, it takes jobs again.
    world.network.heal();
    run.queue("echo", "again", 1);
    let ends: Vec<_> = run.ends(1).into_values().collect();
    assert!(matches!(&ends[..], [Told::Ended(_, Ending::Returned, body)] if body == "again"));
    let since = world.effects(10).split_off(lost_at.len());
    assert!(since.starts_with("begin") && since.lines().count() == 1, "after the loss: {since}");
    run.close();
    world.end();
}

/// Waits until each of these jobs has had an effect on the node 10.
fn wait_for_effects(world: &World, jobs: &[JobId]) {
    let has_effect = |job: &JobId| {
        let line = format!("goes-on {}/{job}", PeerId::from(1));
        world.effects(10).lines().any(|other| other == line)
    };
    while !jobs.iter().all(has_effect) {
        std::thread::yield_now();
    }
}

trait MapLost {
    /// Returns the loss of each job on this node.
    fn map_lost(&self, node: &str) -> Vec<(JobId, Told)>;
}

impl MapLost for Vec<JobId> {
    fn map_lost(&self, node: &str) -> Vec<(JobId, Told)> {
        self.iter().map(|job| (*job, Told::Lost(*job, node.to_owned()))).collect()
    }
}
