//! The host of a node in the model: it runs toy jobs.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use cluster::trust::Trust;
use cluster::wire::{Blob, Ending, JobId, PeerId, SessionId};
use cluster::{Lease, Moment, Node, NodeConfig, NodeEvent};

use super::owners::PROGRAM;
use super::world::limits;

/// A host process that is a node.
#[derive(Debug)]
pub(crate) struct NodeHost {
    pub(crate) node: Node,
    pub(crate) slots: usize,
    sessions: BTreeMap<SessionId, (PeerId, Lease)>,
    pub(crate) jobs: Vec<Toy>,
}

/// A job that does nothing but to be counted.
#[derive(Debug)]
pub(crate) struct Toy {
    pub(crate) owner: PeerId,
    session: SessionId,
    pub(crate) job: JobId,
    lease: Lease,
    deadline: Option<Moment>,
    /// Whether its session was killed. It still takes a moment to end.
    pub(crate) is_killed: bool,
    message: Bytes,
    items: u8,
}

/// How long it takes to kill a job.
const KILL: Duration = Duration::from_millis(20);

impl NodeHost {
    pub(crate) fn new(number: u64) -> Self {
        let slots = 2 + u32::try_from(number % 2).unwrap();
        let node = Node::new(NodeConfig {
            name: format!("node {number}"),
            host: "model".to_owned(),
            slots,
            trust: Trust::Any,
            presence: Duration::from_millis(100),
            limits: limits(),
        });
        Self { node, slots: slots as usize, sessions: BTreeMap::new(), jobs: Vec::new() }
    }

    /// Acts on all events. Returns the jobs that have begun, by their owners.
    pub(crate) fn act(&mut self, now: Moment) -> Vec<(PeerId, JobId)> {
        let mut begun = Vec::new();
        while let Some(event) = self.node.poll_event() {
            match event {
                NodeEvent::Prepare { session, owner, lease, .. } => {
                    self.sessions.insert(session, (owner, lease));
                    self.node.fetch(session, Blob::Program);
                }
                NodeEvent::Supplied { session, bytes, .. } => {
                    assert_eq!(bytes.as_deref(), Some(PROGRAM));
                    self.node.ready(session);
                }
                NodeEvent::Start { session, job, message, .. } => {
                    let (owner, lease) = self.sessions[&session].clone();
                    let toy = Toy {
                        owner,
                        session,
                        job,
                        lease,
                        deadline: None,
                        is_killed: false,
                        message,
                        items: 0,
                    };
                    self.jobs.push(toy);
                    begun.push((owner, job));
                }
                NodeEvent::Stop { session, job, deadline } => {
                    let is_it = |toy: &&mut Toy| (toy.session, toy.job) == (session, job);
                    let toy = self.jobs.iter_mut().find(is_it).expect("only jobs that run are stopped");
                    toy.deadline = Some(deadline);
                }
                NodeEvent::More { .. } => {}
                NodeEvent::Kill { session } => {
                    for toy in self.jobs.iter_mut().filter(|toy| toy.session == session) {
                        toy.is_killed = true;
                        toy.deadline = Some(now + KILL);
                    }
                }
                NodeEvent::Over { session } => {
                    assert!(self.jobs.iter().all(|toy| toy.session != session), "a job has no session");
                    self.sessions.remove(&session).expect("a session ends once");
                }
            }
        }
        for toy in
            self.jobs.extract_if(.., |toy| toy.deadline.is_some_and(|at| now >= at)).collect::<Vec<_>>()
        {
            self.node.ended(toy.session, toy.job, Ending::Stopped, Bytes::new());
        }
        begun
    }

    /// Lets a job have an effect, and send an item. Returns the job, unless its lease is over.
    pub(crate) fn work(&mut self, now: Moment, index: usize) -> Option<(PeerId, JobId)> {
        let toy = &mut self.jobs[index];
        if toy.is_killed || toy.lease.is_over(now) {
            return None;
        }
        toy.items += 1;
        let item = Bytes::copy_from_slice(&[toy.items]);
        self.node.item(toy.session, toy.job, item);
        Some((toy.owner, toy.job))
    }

    /// Ends a job. Its result is its message.
    pub(crate) fn finish(&mut self, index: usize) {
        let toy = self.jobs.remove(index);
        self.node.ended(toy.session, toy.job, Ending::Returned, toy.message);
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.jobs.is_empty() && self.sessions.is_empty() && self.node.is_empty()
    }
}
