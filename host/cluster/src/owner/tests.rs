//! Owners and a node that exchange messages without delay.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use super::{Event, Owner, reply_to_stray};
use crate::lease::Terms;
use crate::link::LinkLimits;
use crate::moment::Moment;
use crate::node::{Node, NodeConfig, NodeEvent};
use crate::trust::Trust;
use crate::wire::{Ending, JobId, JobSpec, Message, PeerId, RunSpec, SessionId, To};

const NODE: u64 = 9;

struct World {
    now: Moment,
    owners: Vec<Owner>,
    node: Node,
    /// How many messages were carried.
    messages: u32,
    /// The jobs that run.
    running: VecDeque<(SessionId, JobId)>,
}

impl World {
    fn new(owners: u32, slots: u32) -> Self {
        let owner = |_| {
            let run = RunSpec { number: 1, program: [0; 32], signature: None, manifest: Vec::new() };
            Owner::new(run, Terms::default(), LinkLimits::default())
        };
        let node = Node::new(NodeConfig {
            name: "node".into(),
            host: String::new(),
            slots,
            trust: Trust::Any,
            presence: Duration::from_secs(1),
            limits: LinkLimits::default(),
        });
        let owners = (0..owners).map(owner).collect();
        Self { now: Moment::default(), owners, node, messages: 0, running: VecDeque::new() }
    }

    /// Carries messages until there are no more.
    fn carry(&mut self) {
        loop {
            let before = self.messages;
            for owner in 0..self.owners.len() {
                let (now, of) = (self.now, &mut self.owners[owner]);
                of.tick(now);
                let data = std::iter::from_fn(|| of.poll_data(now));
                let mut sent: Vec<_> = data.map(|(_, message, payload)| (message, payload)).collect();
                let control = std::iter::from_fn(|| of.poll_control(now));
                sent.extend(control.map(|(_, message)| (message, Bytes::new())));
                for (message, payload) in sent {
                    self.messages += 1;
                    self.node.receive(now, PeerId::from(owner as u64), &message, payload);
                }
            }
            self.act();
            let (now, node) = (self.now, &mut self.node);
            node.tick(now);
            let mut sent: Vec<_> = std::iter::from_fn(|| node.poll_data(now)).collect();
            let control = std::iter::from_fn(|| node.poll_control(now));
            sent.extend(control.map(|(to, message)| (to, message, Bytes::new())));
            for (to, message, payload) in sent {
                self.messages += 1;
                for (id, owner) in self.owners.iter_mut().enumerate() {
                    let id = PeerId::from(id as u64);
                    if [To::All, To::Control(id), To::Data(id)].contains(&to) {
                        owner.receive(now, PeerId::from(NODE), &message, payload.clone());
                    }
                }
            }
            if self.messages == before {
                return;
            }
        }
    }

    fn act(&mut self) {
        while let Some(event) = self.node.poll_event() {
            match event {
                NodeEvent::Prepare { session, .. } => self.node.ready(session),
                NodeEvent::Start { session, job, .. } => self.running.push_back((session, job)),
                _ => {}
            }
        }
    }

    /// Lets time pass, a tenth of a second at a time.
    fn pass(&mut self, time: Duration) {
        let step = Duration::from_millis(100);
        for _ in 0..time.as_millis() / step.as_millis() {
            self.now = self.now + step;
            self.carry();
        }
    }

    /// Sets how many jobs wait, and opens sessions for them.
    fn want(&mut self, owner: usize, jobs: u32) {
        self.owners[owner].set_excess(self.now, jobs);
        self.carry();
    }

    fn hand_over(&mut self, owner: usize) -> Option<JobId> {
        self.owners[owner].hand_over(&JobSpec::default(), "message".into())
    }

    /// Ends the job that has run longest.
    fn end_one(&mut self) {
        let (session, job) = self.running.pop_front().expect("a job runs");
        self.node.ended(session, job, Ending::Returned, "result".into());
    }
}

#[test]
fn each_job_of_a_chain_costs_two_messages() {
    let mut world = World::new(1, 8);
    world.want(0, 1);
    for _ in 0..3 {
        world.hand_over(0).expect("the node has given credit");
        world.carry();
        world.end_one();
        world.carry();
    }
    let before = world.messages;
    for _ in 0..100 {
        world.hand_over(0).expect("the outcome brings new credit");
        world.carry();
        world.end_one();
        world.carry();
    }
    assert_eq!(world.messages - before, 200);
}

#[test]
fn credit_that_is_not_used_is_given_back() {
    let mut world = World::new(2, 8);
    world.want(0, 8);
    assert_eq!((world.owners[0].credit(), world.node.free()), (8, 0));
    // Cores of its own have taken the jobs.
    world.want(0, 0);
    world.want(1, 8);
    assert_eq!(world.owners[1].credit(), 0);
    world.pass(Terms::default().beat());
    assert_eq!((world.owners[0].credit(), world.owners[1].credit()), (0, 8));
}

#[test]
fn owners_share_the_slots_of_a_node() {
    let mut world = World::new(2, 4);
    world.want(0, 100);
    while world.hand_over(0).is_some() {}
    world.carry();
    world.want(1, 100);
    // Four jobs of the first owner run. Each slot that becomes free goes to the next owner that wants one.
    for _ in 0..4 {
        world.end_one();
        world.carry();
    }
    assert_eq!((world.owners[0].credit(), world.owners[1].credit()), (2, 2));
}

#[test]
fn a_job_whose_stop_overtakes_it_never_starts() {
    let mut world = World::new(1, 1);
    world.want(0, 1);
    let job = world.hand_over(0).unwrap();
    world.owners[0].stop(world.now, job, Duration::ZERO);
    let (_, beat) = world.owners[0].poll_control(world.now).expect("a stop is urgent");
    world.node.receive(world.now, PeerId::from(0), &beat, Bytes::new());
    world.carry();
    assert!(world.running.is_empty());
    let ended = Event::Ended { job, ending: Ending::Stopped, body: Bytes::new() };
    assert!(std::iter::from_fn(|| world.owners[0].poll_event()).any(|event| event == ended));
}

#[test]
fn a_node_that_leaves_takes_no_more_jobs() {
    let mut world = World::new(1, 2);
    world.want(0, 2);
    world.hand_over(0).unwrap();
    world.carry();
    world.node.leave();
    world.pass(2 * Terms::default().beat());
    assert!(!world.node.has_left(), "a job runs");
    world.end_one();
    world.want(0, 0);
    world.pass(2 * Terms::default().beat());
    assert!(world.node.has_left());
    assert_eq!(world.hand_over(0), None);
}

#[test]
fn a_node_refuses_a_run_and_is_not_asked_again() {
    let mut world = World::new(1, 2);
    world.owners[0].set_excess(world.now, 1);
    let presence = world.node.poll_control(world.now).unwrap().1;
    world.owners[0].receive(world.now, PeerId::from(NODE), &presence, Bytes::new());
    let open = std::iter::from_fn(|| world.owners[0].poll_control(world.now)).last().unwrap().1;
    assert!(matches!(open, Message::Open { .. }));
    world.node.receive(world.now, PeerId::from(0), &open, Bytes::new());
    let Some(NodeEvent::Prepare { session, .. }) = world.node.poll_event() else { panic!("a session opens") };
    world.node.refuse(session, "no".into());
    world.carry();
    let refused = Event::Refused { node: "node".into(), reason: "no".into() };
    assert_eq!(world.owners[0].poll_event(), Some(refused));
    world.pass(Duration::from_secs(3));
    assert_eq!(world.owners[0].poll_event(), None);
    assert!(world.node.is_empty());
}

#[test]
fn a_program_that_is_not_trusted_is_refused() {
    let mut world = World::new(1, 2);
    world.node = Node::new(NodeConfig {
        name: "node".into(),
        host: String::new(),
        slots: 2,
        trust: Trust::Keys(Vec::new()),
        presence: Duration::from_secs(1),
        limits: LinkLimits::default(),
    });
    world.want(0, 1);
    let reason = "the program is not signed, and the node runs only signed ones".to_owned();
    assert_eq!(world.owners[0].poll_event(), Some(Event::Refused { node: "node".into(), reason }));
    assert!(world.node.is_empty());
}

#[test]
fn a_node_that_breaks_the_rules_gets_no_more_jobs() {
    let mut world = World::new(1, 2);
    world.want(0, 2);
    let job = world.hand_over(0).unwrap();
    world.carry();
    let head = crate::wire::FrameHead {
        session: SessionId::from(1),
        number: 1,
        stream: 1,
        left: u64::MAX,
        acked: 0,
        granted: 2,
    };
    world.owners[0].receive(world.now, PeerId::from(NODE), &Message::Up(head), Bytes::new());
    assert_eq!(world.hand_over(0), None);
    world.carry();
    // The node has killed the session, and has to end its jobs before it can say so.
    world.end_one();
    world.carry();
    let lost = Event::Lost { job, node: "node".into() };
    assert!(std::iter::from_fn(|| world.owners[0].poll_event()).any(|event| event == lost));
}

#[test]
fn messages_of_sessions_that_are_unknown_are_answered() {
    let session = SessionId::from(3);
    let opened = Message::Opened { run: 1, attempt: 1, session, stamp: Moment::default() };
    assert_eq!(reply_to_stray(&opened), Some(Message::Close { session }));
    let mut world = World::new(0, 1);
    world.node.receive(world.now, PeerId::from(0), &Message::Close { session }, Bytes::new());
    let answers: Vec<_> = std::iter::from_fn(|| world.node.poll_control(world.now)).collect();
    assert_eq!(answers[0], (To::Control(PeerId::from(0)), Message::Closed { session }));
}
