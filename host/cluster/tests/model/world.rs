//! The world of the model: processes, their clocks, and what happens to them.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use cluster::wire::{Message, PeerId, To};
use cluster::{LinkLimits, Moment, Terms, reply_to_stray};
use proptest::sample::Index;

use super::network::{Network, Route};
use super::nodes::NodeHost;
use super::owners::OwnerHost;

/// Something that happens.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// The next message of a route arrives.
    Deliver(Index),
    /// Everything works for this long.
    Flow(Duration),
    /// Time passes, and no message arrives.
    Advance(Duration),
    /// A parent starts a job, which may run again if it is lost.
    Submit(Index, bool),
    /// A parent drops a job, which gets this much grace.
    Stop(Index, Duration),
    /// A job has an effect.
    Work(Index),
    /// A job returns.
    Finish(Index),
    /// The next message of a route is lost.
    Lose(Index),
    /// The next message of a route arrives, and will arrive again.
    Repeat(Index),
    /// A process is stopped, as by SIGSTOP.
    Pause(Index),
    /// A process that was stopped goes on.
    Resume(Index),
    /// Nothing is carried from one peer to another any more.
    Cut(Index, Index),
    /// The server dies.
    Outage,
    /// The server and all connections are back.
    Heal,
    /// A process dies.
    Kill(Index),
    /// A node is started.
    Join,
    /// A node is about to leave.
    Leave(Index),
}

/// The limits of the links: so small that messages are cut, and that the window is full.
pub(crate) fn limits() -> LinkLimits {
    LinkLimits {
        chunk: 16,
        window: 48,
        frames: 6,
        max_message: 200,
        resend: Duration::from_millis(60),
        ack_delay: Duration::from_millis(10),
    }
}

pub(crate) fn terms() -> Terms {
    let [beat, fence, lost] = [100, 400, 600].map(Duration::from_millis);
    Terms::new(beat, fence, lost).unwrap()
}

#[derive(Debug)]
enum Host {
    Owner(OwnerHost),
    Node(NodeHost),
}

#[derive(Debug)]
struct Process {
    host: Host,
    is_paused: bool,
    /// How much its clock differs from the true time.
    offset: Duration,
}

#[derive(Debug)]
pub(crate) struct World {
    now: Duration,
    /// Whether there were faults, after which jobs may be lost.
    faults: bool,
    network: Network,
    processes: BTreeMap<PeerId, Process>,
    /// When owners died.
    dead: BTreeMap<PeerId, Duration>,
    joined: u64,
}

/// A step in which everything works.
const STEP: Duration = Duration::from_millis(5);

impl World {
    /// Creates a world with two owners and two nodes.
    pub(crate) fn new(faults: bool) -> Self {
        let mut world = Self {
            now: Duration::from_secs(1),
            faults,
            network: Network::default(),
            processes: BTreeMap::new(),
            dead: BTreeMap::new(),
            joined: 0,
        };
        for number in 1..=2 {
            world.add(number, Host::Owner(OwnerHost::new()));
        }
        world.join();
        world.join();
        world
    }

    fn join(&mut self) {
        self.joined += 1;
        self.add(10 + self.joined, Host::Node(NodeHost::new(self.joined)));
    }

    fn add(&mut self, number: u64, host: Host) {
        let peer = PeerId::from(number);
        let offset = Duration::from_secs(number * 1000);
        self.network.join(peer);
        self.processes.insert(peer, Process { host, is_paused: false, offset });
        self.run(peer);
    }

    pub(crate) fn happen(&mut self, event: Event) {
        match event {
            Event::Deliver(index) => {
                self.choose_route(index).into_iter().for_each(|route| self.deliver(route, false))
            }
            Event::Repeat(index) => {
                self.choose_route(index).into_iter().for_each(|route| self.deliver(route, true))
            }
            Event::Lose(index) => {
                if let Some(route) = self.choose_route(index) {
                    self.network.take(route, false);
                }
            }
            Event::Flow(time) => self.flow(time),
            Event::Advance(time) => self.advance(time),
            Event::Submit(index, rerun) => self.submit(index, rerun),
            Event::Stop(index, grace) => self.stop(index, grace),
            Event::Work(index) => self.with_job(index, Self::work),
            Event::Finish(index) => self.with_job(index, |world, node, job| {
                if let Host::Node(host) = &mut world.processes.get_mut(&node).unwrap().host {
                    host.finish(job);
                }
            }),
            Event::Pause(index) => self.set_paused(index, true),
            Event::Resume(index) => self.set_paused(index, false),
            Event::Cut(from, to) => {
                if let (Some(from), Some(to)) = (self.choose(from, |_| true), self.choose(to, |_| true)) {
                    self.network.cut(from, to);
                }
            }
            Event::Outage => self.network.stop_server(),
            Event::Heal => self.network.heal(),
            Event::Kill(index) => self.kill(index),
            Event::Join => self.join(),
            Event::Leave(index) => {
                let node = self.choose(index, |process| matches!(process.host, Host::Node(_)));
                if let Some(Host::Node(host)) =
                    node.map(|node| &mut self.processes.get_mut(&node).unwrap().host)
                {
                    host.node.leave();
                }
            }
        }
    }

    /// Heals the world, and checks that everything comes to an end.
    pub(crate) fn settle(&mut self) {
        self.network.heal();
        self.processes.values_mut().for_each(|process| process.is_paused = false);
        // A lease that is over has to be noticed, sessions opened, and messages sent again.
        let bound = 3 * terms().lost();
        let end = self.now + bound;
        while self.now < end {
            self.finish_all();
            self.flow(STEP);
            let now = self.now;
            self.each_owner(|owner, offset| owner.forget_queue(Moment::from_start(now + offset)));
        }
        self.each_owner(|owner, _| assert!(owner.all_ended(), "a job has no end: {owner:?}"));
        let now = self.now;
        self.each_owner(|owner, offset| owner.owner.close(Moment::from_start(now + offset)));
        self.flow(3 * terms().beat());
        self.each_owner(|owner, _| assert!(owner.owner.is_closed(), "a session is left: {owner:?}"));
        // The sessions of owners that are dead, or that have forgotten them, end by their leases.
        self.flow(terms().fence());
        for process in self.processes.values() {
            if let Host::Node(host) = &process.host {
                assert!(host.is_idle(), "something is left on a node: {host:?}");
                assert_eq!(host.node.free(), host.slots as u64, "a slot is lost");
            }
        }
    }

    /// Lets everything work for this long.
    fn flow(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.advance(STEP);
            // Answers to answers take a step of their own: messages take time.
            for route in self.network.routes(|to| self.is_deaf(to)) {
                while self.network.routes(|_| false).contains(&route) {
                    self.deliver(route, false);
                }
            }
        }
    }

    fn advance(&mut self, time: Duration) {
        self.now += time;
        let peers: Vec<_> = self.processes.keys().copied().collect();
        peers.into_iter().for_each(|peer| self.run(peer));
    }

    fn deliver(&mut self, route: Route, repeats: bool) {
        if self.is_deaf(route.to) {
            return;
        }
        let Some((from, message, payload)) = self.network.take(route, repeats) else { return };
        let now = self.now_of(route.to);
        let process = self.processes.get_mut(&route.to).unwrap();
        match &mut process.host {
            Host::Node(host) => host.node.receive(now, from, &message, payload),
            Host::Owner(host) => {
                if !host.owner.receive(now, from, &message, payload)
                    && let Some(reply) = reply_to_stray(&message)
                {
                    self.network.send(route.to, To::Control(from), &reply, b"");
                }
            }
        }
        self.run(route.to);
    }

    /// Lets a process act on what has happened, and send what it has to.
    fn run(&mut self, peer: PeerId) {
        if self.is_deaf(peer) {
            return;
        }
        let now = self.now_of(peer);
        let mut sent: Vec<(To, Message, Bytes)> = Vec::new();
        let mut begun = Vec::new();
        let mut lost = 0;
        match &mut self.processes.get_mut(&peer).unwrap().host {
            Host::Owner(host) => {
                host.owner.tick(now);
                lost = host.act(now);
                sent.extend(std::iter::from_fn(|| host.owner.poll_data(now)));
                let control = std::iter::from_fn(|| host.owner.poll_control(now));
                sent.extend(control.map(|(to, message)| (to, message, Bytes::new())));
                host.check_stops(now);
            }
            Host::Node(host) => {
                host.node.tick(now);
                begun = host.act(now);
                sent.extend(std::iter::from_fn(|| host.node.poll_data(now)));
                let control = std::iter::from_fn(|| host.node.poll_control(now));
                sent.extend(control.map(|(to, message)| (to, message, Bytes::new())));
                assert!(host.jobs.len() <= host.slots, "more jobs than slots: {host:?}");
                for toy in &host.jobs {
                    let died = self.dead.get(&toy.owner);
                    let is_left =
                        !toy.is_killed && died.is_some_and(|died| self.now >= *died + terms().fence());
                    assert!(!is_left, "a job outlives its owner by more than the fence: {toy:?}");
                }
            }
        }
        assert!(lost == 0 || self.faults, "{lost} jobs are lost without a fault");
        for (to, message, payload) in sent {
            self.network.send(peer, to, &message, &payload);
        }
        for (owner, job) in begun {
            self.owner(owner, |owner| owner.begins(job));
        }
    }

    fn work(&mut self, node: PeerId, job: usize) {
        let now = self.now_of(node);
        if let Host::Node(host) = &mut self.processes.get_mut(&node).unwrap().host
            && let Some((owner, job)) = host.work(now, job)
        {
            self.owner(owner, |owner| owner.has_effect(job));
        }
    }

    fn submit(&mut self, index: Index, rerun: bool) {
        let owner =
            self.choose(index, |process| !process.is_paused && matches!(process.host, Host::Owner(_)));
        let Some(peer) = owner else { return };
        let now = self.now_of(peer);
        self.owner(peer, |owner| owner.submit(now, rerun));
        self.run(peer);
    }

    fn stop(&mut self, index: Index, grace: Duration) {
        let mut jobs = Vec::new();
        for (peer, process) in &self.processes {
            if let Host::Owner(owner) = &process.host
                && !process.is_paused
            {
                jobs.extend(owner.jobs.keys().map(|job| (*peer, *job)));
            }
        }
        if !jobs.is_empty() {
            let (peer, job) = jobs[index.index(jobs.len())];
            let now = self.now_of(peer);
            self.owner(peer, |owner| owner.stop(now, job, grace));
            self.run(peer);
        }
    }

    fn set_paused(&mut self, index: Index, pause: bool) {
        if let Some(peer) = self.choose(index, |process| process.is_paused != pause) {
            self.processes.get_mut(&peer).unwrap().is_paused = pause;
        }
    }

    fn kill(&mut self, index: Index) {
        let Some(peer) = self.choose(index, |_| true) else { return };
        self.network.remove(peer);
        if matches!(self.processes.remove(&peer).unwrap().host, Host::Owner(_)) {
            self.dead.insert(peer, self.now);
        }
    }

    fn finish_all(&mut self) {
        let peers: Vec<_> = self.processes.keys().copied().collect();
        for peer in peers {
            if let Host::Node(host) = &mut self.processes.get_mut(&peer).unwrap().host {
                (0..host.jobs.len()).for_each(|_| host.finish(0));
            }
        }
    }

    /// Calls `act` with one of the jobs on nodes that are not paused, and then lets its node run.
    fn with_job(&mut self, index: Index, act: impl FnOnce(&mut Self, PeerId, usize)) {
        let mut jobs = Vec::new();
        for (peer, process) in &self.processes {
            if let Host::Node(host) = &process.host
                && !process.is_paused
            {
                jobs.extend((0..host.jobs.len()).map(|job| (*peer, job)));
            }
        }
        if !jobs.is_empty() {
            let (node, job) = jobs[index.index(jobs.len())];
            act(self, node, job);
            self.run(node);
        }
    }

    fn choose(&self, index: Index, is_one: impl Fn(&Process) -> bool) -> Option<PeerId> {
        let peers: Vec<_> = self.processes.iter().filter(|(_, process)| is_one(process)).collect();
        (!peers.is_empty()).then(|| *peers[index.index(peers.len())].0)
    }

    fn choose_route(&self, index: Index) -> Option<Route> {
        let routes = self.network.routes(|to| self.is_deaf(to));
        (!routes.is_empty()).then(|| routes[index.index(routes.len())])
    }

    /// Returns whether a process is dead or paused.
    fn is_deaf(&self, peer: PeerId) -> bool {
        self.processes.get(&peer).is_none_or(|process| process.is_paused)
    }

    fn now_of(&self, peer: PeerId) -> Moment {
        Moment::from_start(self.now + self.processes[&peer].offset)
    }

    /// Calls this with an owner, if it lives.
    fn owner(&mut self, peer: PeerId, act: impl FnOnce(&mut OwnerHost)) {
        if let Some(Host::Owner(owner)) = self.processes.get_mut(&peer).map(|process| &mut process.host) {
            act(owner);
        }
    }

    fn each_owner(&mut self, act: impl Fn(&mut OwnerHost, Duration)) {
        for process in self.processes.values_mut() {
            if let Host::Owner(owner) = &mut process.host {
                act(owner, process.offset);
            }
        }
    }
}
