//! The handles by which other threads talk to a peer.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc::UnboundedSender;

use super::host::{Away, Home, Watcher};
use crate::lease::Terms;
use crate::link::LinkLimits;
use crate::moment::Moment;
use crate::node::{Node, NodeConfig};
use crate::owner::Owner;
use crate::wire::{Blob, Ending, JobId, OutputStream, PeerId, Presence, RunSpec, SessionId};

/// What a peer has to do.
pub(super) enum Command {
    Own(RunSpec, Terms, LinkLimits, Box<dyn Home>),
    Serve(NodeConfig, Box<dyn Away>),
    OfRun(u32, Call<Owner>),
    OfNode(Call<Node>),
    Watch(Watcher),
    ShutDown,
}

/// A call of a method of an owner or a node.
type Call<T> = Box<dyn FnOnce(&mut T, Moment) + Send>;

/// The handle of a [`Peer`](super::Peer). When all handles are dropped, the peer is shut down.
///
/// If the peer has ended, the methods of all handles do nothing.
#[derive(Clone)]
pub struct PeerHandle(UnboundedSender<Command>);

impl PeerHandle {
    pub(super) fn new(commands: UnboundedSender<Command>) -> Self {
        Self(commands)
    }

    /// Makes the peer the owner of this run.
    pub fn own(
        &self,
        run: RunSpec,
        terms: Terms,
        limits: LinkLimits,
        home: impl Home + 'static,
    ) -> RunHandle {
        let number = run.number;
        self.send(Command::Own(run, terms, limits, Box::new(home)));
        RunHandle { peer: self.clone(), number }
    }

    /// Makes the peer a node, which it is only once.
    pub fn serve(&self, config: NodeConfig, away: impl Away + 'static) {
        self.send(Command::Serve(config, Box::new(away)));
    }

    /// Returns the handle by which the host of the node answers.
    pub fn node(&self) -> NodeHandle {
        NodeHandle(self.clone())
    }

    /// Calls a function with the presence of all other nodes, on the thread of the peer. Each is asked to tell it
    /// at once, and then tells it regularly.
    pub fn watch_nodes(&self, watcher: impl FnMut(PeerId, &Presence) + Send + 'static) {
        self.send(Command::Watch(Box::new(watcher)));
    }

    /// Ends all runs and sessions, and then the peer.
    pub fn shut_down(&self) {
        self.send(Command::ShutDown);
    }

    fn send(&self, command: Command) {
        // A peer that has ended needs no commands.
        _ = self.0.send(command);
    }
}

impl fmt::Debug for PeerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PeerHandle").finish_non_exhaustive()
    }
}

/// The handle of a run that a peer owns. Dropping it does nothing.
#[derive(Clone, Debug)]
pub struct RunHandle {
    peer: PeerHandle,
    number: u32,
}

impl RunHandle {
    /// Notes that [`Home::excess`] has changed.
    pub fn wake(&self) {
        self.send(|_, _| {});
    }

    /// Asks for the end of a job, which has this long to stop by itself.
    pub fn stop(&self, job: JobId, grace: Duration) {
        self.send(move |owner, now| owner.stop(now, job, grace));
    }

    /// Tells a job that its parent has taken this many more of its items.
    pub fn more(&self, job: JobId, items: u32) {
        self.send(move |owner, _| owner.more(job, items));
    }

    /// Ends the run on all nodes. [`Home::closed`] is called when nothing is left.
    pub fn close(&self) {
        self.send(|owner, now| owner.close(now));
    }

    fn send(&self, command: impl FnOnce(&mut Owner, Moment) + Send + 'static) {
        self.peer.send(Command::OfRun(self.number, Box::new(command)));
    }
}

/// The handle by which the host of a node answers. Dropping it does nothing.
#[derive(Clone, Debug)]
pub struct NodeHandle(PeerHandle);

impl NodeHandle {
    /// Takes jobs of this session from now on.
    pub fn ready(&self, session: SessionId) {
        self.send(move |node| node.ready(session));
    }

    /// Ends a session for which the host is not ready, for this reason.
    pub fn refuse(&self, session: SessionId, reason: String) {
        self.send(move |node| node.refuse(session, reason));
    }

    /// Asks the owner of a session for bytes. They come by [`Away::supplied`].
    pub fn fetch(&self, session: SessionId, blob: Blob) {
        self.send(move |node| node.fetch(session, blob));
    }

    /// Sends an item of a job.
    pub fn item(&self, session: SessionId, job: JobId, item: Bytes) {
        self.send(move |node| node.item(session, job, item));
    }

    /// Sends output of a job.
    pub fn output(&self, session: SessionId, job: JobId, stream: OutputStream, bytes: Bytes) {
        self.send(move |node| node.output(session, job, stream, bytes));
    }

    /// Ends a job: everything of it is gone, and its slot is free.
    pub fn ended(&self, session: SessionId, job: JobId, ending: Ending, body: Bytes) {
        self.send(move |node| node.ended(session, job, ending, body));
    }

    /// Gives no more credit. [`Away::left`] is called when no job or message is left.
    pub fn leave(&self) {
        self.send(Node::leave);
    }

    fn send(&self, command: impl FnOnce(&mut Node) + Send + 'static) {
        self.0.send(Command::OfNode(Box::new(|node, _| command(node))));
    }
}
