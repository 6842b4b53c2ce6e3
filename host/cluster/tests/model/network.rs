//! The network of the model: a queue for each sender, receiver and lane.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use cluster::wire::{self, Message, PeerId, To};

/// Messages of one route arrive in order, unless they are lost. Those of different routes overtake each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Route {
    from: PeerId,
    pub(crate) to: PeerId,
    is_data: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Network {
    peers: BTreeSet<PeerId>,
    queues: BTreeMap<Route, VecDeque<Bytes>>,
    /// Pairs of peers between which nothing is carried, in this direction.
    cut: BTreeSet<(PeerId, PeerId)>,
    /// Whether the server is down.
    is_out: bool,
}

impl Network {
    pub(crate) fn join(&mut self, peer: PeerId) {
        self.peers.insert(peer);
    }

    /// Removes a peer that is dead. What it has sent may still arrive.
    pub(crate) fn remove(&mut self, peer: PeerId) {
        self.peers.remove(&peer);
        self.queues.retain(|route, _| route.to != peer);
    }

    pub(crate) fn send(&mut self, from: PeerId, to: To, message: &Message, payload: &[u8]) {
        let bytes = wire::encode(from, message, payload);
        let (peers, is_data) = match to {
            To::All => (self.peers.iter().copied().filter(|peer| *peer != from).collect(), false),
            To::Control(to) => (vec![to], false),
            To::Data(to) => (vec![to], true),
        };
        for to in peers {
            if self.peers.contains(&to) && !self.is_out && !self.cut.contains(&(from, to)) {
                self.queues.entry(Route { from, to, is_data }).or_default().push_back(bytes.clone());
            }
        }
    }

    /// Returns the routes that carry something, without those to peers that `is_deaf` returns `true` for.
    pub(crate) fn routes(&self, is_deaf: impl Fn(PeerId) -> bool) -> Vec<Route> {
        self.queues.keys().copied().filter(|route| !is_deaf(route.to)).collect()
    }

    /// Takes the next message of a route; or a copy of it, so that it arrives again.
    pub(crate) fn take(&mut self, route: Route, repeats: bool) -> Option<(PeerId, Message, Bytes)> {
        let queue = self.queues.get_mut(&route)?;
        let bytes = if repeats { queue.front()?.clone() } else { queue.pop_front()? };
        if queue.is_empty() {
            self.queues.remove(&route);
        }
        Some(wire::decode(bytes).expect("messages of the model are whole"))
    }

    pub(crate) fn cut(&mut self, from: PeerId, to: PeerId) {
        self.cut.insert((from, to));
    }

    /// Stops the server. What it had not delivered is lost.
    pub(crate) fn stop_server(&mut self) {
        self.is_out = true;
        self.queues.clear();
    }

    pub(crate) fn heal(&mut self) {
        self.is_out = false;
        self.cut.clear();
    }
}
