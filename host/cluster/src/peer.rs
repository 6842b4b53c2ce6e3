//! A peer: drives the owners and the node of a host process, over a transport.
//!
//! A host starts one thread for its peer, which runs [`Peer::run`] in a tokio runtime of one thread. Other threads
//! talk to it by handles, which never block. What the peer asks of its host are the traits [`Home`] and [`Away`];
//! their methods are called on the thread of the peer and must not block either.

mod handle;
mod host;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep, sleep};

use crate::clock::now;
use crate::link::LinkLimits;
use crate::moment::Moment;
use crate::node::Node;
use crate::owner::{Owner, reply_to_stray};
use crate::transport::Transport;
use crate::wire::{self, Message, OVERHEAD, PeerId, To, WireError};
use handle::Command;
pub use handle::{NodeHandle, PeerHandle, RunHandle};
use host::Watcher;
pub use host::{Away, Home};

/// The most messages that are taken before others are sent.
const BATCH: usize = 64;

/// The owners and the node of a host process.
///
/// Dropping it ends all sessions without a word; the other sides notice by their leases.
pub struct Peer<T> {
    id: PeerId,
    transport: T,
    commands: mpsc::UnboundedReceiver<Command>,
    runs: BTreeMap<u32, (Owner, Box<dyn Home>)>,
    node: Option<(Node, Box<dyn Away>)>,
    /// What is called with the presence of nodes.
    watchers: Vec<Watcher>,
    /// The errors of messages that have been reported.
    reported: BTreeSet<String>,
    /// Whether there are frames for which the data lane had no room.
    is_held_up: bool,
    is_shutting_down: bool,
    /// Whether the host was told that the node has left.
    has_left: bool,
}

/// Why a peer has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerEnd {
    /// It was shut down, and all its runs and sessions have ended.
    ShutDown,
    /// The transport has ended.
    Disconnected,
}

impl<T: Transport> Peer<T> {
    /// Creates a peer without runs, which is no node. Returns it with the handle by which it gets them.
    pub fn new(id: PeerId, transport: T) -> (Self, PeerHandle) {
        let (sender, commands) = mpsc::unbounded_channel();
        let peer = Self {
            id,
            transport,
            commands,
            runs: BTreeMap::new(),
            node: None,
            watchers: Vec::new(),
            reported: BTreeSet::new(),
            is_held_up: false,
            is_shutting_down: false,
            has_left: false,
        };
        (peer, PeerHandle::new(sender))
    }

    /// Runs the peer, within a tokio runtime with a timer, until it is [shut down](PeerHandle::shut_down) or its
    /// transport ends.
    pub async fn run(mut self) -> PeerEnd {
        let mut timer = pin!(sleep(Duration::ZERO));
        loop {
            let now = now();
            self.tick(now);
            self.act(now);
            let is_idle = self.runs.is_empty() && self.node.as_ref().is_none_or(|(node, _)| node.is_empty());
            self.send_control(now);
            if self.is_shutting_down && is_idle {
                poll_fn(|context| self.transport.poll_flush(context)).await;
                return PeerEnd::ShutDown;
            }
            let has_more = poll_fn(|context| Poll::Ready(self.send_data(now, context))).await;
            if has_more {
                tokio::task::yield_now().await;
            }
            self.set_timer(timer.as_mut(), now);
            let end = poll_fn(|context| self.poll_inputs(context, timer.as_mut())).await;
            if let Some(end) = end {
                return end;
            }
        }
    }

    fn tick(&mut self, now: Moment) {
        self.runs.values_mut().for_each(|(owner, _)| owner.tick(now));
        if let Some((node, _)) = &mut self.node {
            node.tick(now);
        }
    }

    /// Tells the hosts what has happened, and hands jobs over.
    fn act(&mut self, now: Moment) {
        if let Some((node, away)) = &mut self.node {
            while let Some(event) = node.poll_event() {
                away.tell(event);
            }
            if node.has_left() && !std::mem::replace(&mut self.has_left, true) {
                // Owners need not wait for the ends of their sessions.
                node.shut_down();
                away.left();
            }
        }
        for (owner, home) in self.runs.values_mut() {
            host::serve(now, owner, home.as_mut());
        }
        self.runs.retain(|_, (owner, home)| {
            let is_closed = owner.is_closed();
            if is_closed {
                home.closed();
            }
            !is_closed
        });
    }

    /// Waits for a command, a message, room for frames, or the time. Returns the end of the peer, if it ends.
    fn poll_inputs(
        &mut self,
        context: &mut Context<'_>,
        timer: std::pin::Pin<&mut Sleep>,
    ) -> Poll<Option<PeerEnd>> {
        let mut inputs = 0;
        while inputs < BATCH
            && let Poll::Ready(command) = self.commands.poll_recv(context)
        {
            match command {
                Some(command) => self.obey(command),
                // No handle is left, so nothing else will come.
                None if !self.is_shutting_down => self.obey(Command::ShutDown),
                None => break,
            }
            inputs += 1;
        }
        while inputs < BATCH
            && let Poll::Ready(message) = self.transport.poll_receive(context)
        {
            let Some(message) = message else { return Poll::Ready(Some(PeerEnd::Disconnected)) };
            self.receive(now(), message);
            inputs += 1;
        }
        let has_room = self.is_held_up && self.transport.poll_ready(context).is_ready();
        // The timer last, so that it is registered if nothing else is ready.
        let is_time = timer.poll(context).is_ready();
        if inputs > 0 || has_room || is_time { Poll::Ready(None) } else { Poll::Pending }
    }

    fn obey(&mut self, command: Command) {
        let now = now();
        match command {
            Command::Own(run, terms, limits, home) => {
                let limits = self.within_transport(limits);
                self.runs.insert(run.number, (Owner::new(run, terms, limits), home));
            }
            Command::Serve(mut config, away) => {
                config.limits = self.within_transport(config.limits);
                self.node = Some((Node::new(config), away));
            }
            Command::OfRun(number, command) => {
                if let Some((owner, _)) = self.runs.get_mut(&number) {
                    command(owner, now);
                }
            }
            Command::OfNode(command) => {
                if let Some((node, _)) = &mut self.node {
                    command(node, now);
                }
            }
            Command::Watch(watcher) => {
                self.watchers.push(watcher);
                self.transport.send(To::All, wire::encode(self.id, &Message::Hello, b""));
            }
            Command::ShutDown => {
                self.is_shutting_down = true;
                self.runs.values_mut().for_each(|(owner, _)| owner.close(now));
                if let Some((node, _)) = &mut self.node {
                    node.shut_down();
                }
            }
        }
    }

    fn receive(&mut self, now: Moment, bytes: Bytes) {
        let (from, message, payload) = match wire::decode(bytes) {
            Ok(decoded) => decoded,
            Err(error) => return self.report(&error),
        };
        if from == self.id {
            return;
        }
        if let Message::Presence(presence) = &message {
            self.watchers.iter_mut().for_each(|watcher| watcher(from, presence));
        }
        if let Some((node, _)) = &mut self.node {
            node.receive(now, from, &message, payload.clone());
        }
        let mut is_own = false;
        for (owner, _) in self.runs.values_mut() {
            is_own |= owner.receive(now, from, &message, payload.clone());
        }
        if !is_own && let Some(reply) = reply_to_stray(&message) {
            self.transport.send(To::Control(from), wire::encode(self.id, &reply, b""));
        }
    }

    /// Reports an error once: messages like the one that has it may arrive twice a second.
    fn report(&mut self, error: &WireError) {
        let text = error.to_string();
        if self.reported.len() < 100 && !self.reported.contains(&text) {
            tracing::warn!("{text}");
            self.reported.insert(text);
        }
    }

    fn send_control(&mut self, now: Moment) {
        let (id, transport) = (self.id, &mut self.transport);
        let mut send = |(to, message): (To, Message)| transport.send(to, wire::encode(id, &message, b""));
        for (owner, _) in self.runs.values_mut() {
            std::iter::from_fn(|| owner.poll_control(now)).for_each(&mut send);
        }
        if let Some((node, _)) = &mut self.node {
            std::iter::from_fn(|| node.poll_control(now)).for_each(&mut send);
        }
    }

    /// Sends frames while the data lane takes them. Returns whether there are more that it would take.
    fn send_data(&mut self, now: Moment, context: &mut Context<'_>) -> bool {
        for _ in 0..BATCH {
            self.is_held_up = self.transport.poll_ready(context).is_pending();
            if self.is_held_up {
                return false;
            }
            let node = self.node.as_mut().and_then(|(node, _)| node.poll_data(now));
            let frame = node.or_else(|| self.runs.values_mut().find_map(|(owner, _)| owner.poll_data(now)));
            let Some((to, message, payload)) = frame else { return false };
            self.transport.send(to, wire::encode(self.id, &message, &payload));
        }
        true
    }

    fn set_timer(&self, timer: std::pin::Pin<&mut Sleep>, now: Moment) {
        let runs = self.runs.values().filter_map(|(owner, _)| owner.next_tick());
        let node = self.node.as_ref().map(|(node, _)| node.next_tick());
        let rest = runs.chain(node).min().map_or(Duration::from_secs(3600), |next| next.since(now));
        timer.reset(Instant::now() + rest);
    }

    /// Returns the limits with chunks that the transport carries.
    fn within_transport(&self, limits: LinkLimits) -> LinkLimits {
        let most = self.transport.max_message().saturating_sub(OVERHEAD).max(1);
        LinkLimits { chunk: limits.chunk.min(most), ..limits }
    }
}

impl<T> fmt::Debug for Peer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").field("id", &self.id).field("runs", &self.runs.len()).finish_non_exhaustive()
    }
}
