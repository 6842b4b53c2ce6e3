//! A transport within one process, which loses and repeats messages as a test asks for.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use super::Transport;
use crate::wire::{PeerId, To};

/// A network within one process. Clones refer to the same network.
///
/// ```
/// use cluster::memory::Network;
/// use cluster::wire::PeerId;
///
/// let network = Network::new();
/// let transport = network.join(PeerId::from(1));
/// network.cut(PeerId::from(1));
/// network.heal();
/// # drop(transport);
/// ```
#[derive(Clone, Default)]
pub struct Network(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    inboxes: BTreeMap<PeerId, Inbox>,
    /// The peers that are cut off.
    cut: BTreeSet<PeerId>,
    /// One message of so many is lost, and one is repeated.
    loses: Option<u64>,
    repeats: Option<u64>,
    sent: u64,
}

#[derive(Default)]
struct Inbox {
    control: VecDeque<Bytes>,
    data: VecDeque<Bytes>,
    waker: Option<Waker>,
}

impl Network {
    /// Creates a network without peers, which carries everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Loses one of so many messages, and repeats one of so many.
    pub fn disturb(&self, loses: Option<u64>, repeats: Option<u64>) {
        let mut state = self.state();
        (state.loses, state.repeats) = (loses, repeats);
    }

    /// Adds a peer.
    pub fn join(&self, peer: PeerId) -> Endpoint {
        self.state().inboxes.insert(peer, Inbox::default());
        Endpoint { network: self.clone(), peer }
    }

    /// Cuts a peer off: it neither sends nor receives.
    pub fn cut(&self, peer: PeerId) {
        self.state().cut.insert(peer);
    }

    /// Connects all peers again.
    pub fn heal(&self) {
        self.state().cut.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn send(&mut self, from: PeerId, to: To, message: &Bytes) {
        self.sent += 1;
        let is_due = |every: Option<u64>| every.is_some_and(|every| self.sent.is_multiple_of(every));
        if is_due(self.loses) || self.cut.contains(&from) {
            return;
        }
        let times = if is_due(self.repeats) { 2 } else { 1 };
        let is_for = |peer: PeerId| match to {
            To::All => peer != from,
            To::Control(to) | To::Data(to) => peer == to,
        };
        for (_, inbox) in
            self.inboxes.iter_mut().filter(|(peer, _)| is_for(**peer) && !self.cut.contains(peer))
        {
            let lane = if matches!(to, To::Data(_)) { &mut inbox.data } else { &mut inbox.control };
            lane.extend(std::iter::repeat_n(message.clone(), times));
            inbox.waker.take().into_iter().for_each(Waker::wake);
        }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Network").field("peers", &state.inboxes.keys()).field("cut", &state.cut).finish()
    }
}

/// One peer's end of a [`Network`].
#[derive(Debug)]
pub struct Endpoint {
    network: Network,
    peer: PeerId,
}

impl Transport for Endpoint {
    fn send(&mut self, to: To, message: Bytes) {
        self.network.state().send(self.peer, to, &message);
    }

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut state = self.network.state();
        let Some(inbox) = state.inboxes.get_mut(&self.peer) else { return Poll::Ready(None) };
        if let Some(message) = inbox.control.pop_front().or_else(|| inbox.data.pop_front()) {
            return Poll::Ready(Some(message));
        }
        inbox.waker = Some(context.waker().clone());
        Poll::Pending
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn max_message(&self) -> usize {
        // That of a NATS server.
        1 << 20
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.network.state().inboxes.remove(&self.peer);
    }
}
