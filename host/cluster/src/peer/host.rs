//! What a peer asks of its host.

use bytes::Bytes;

use crate::lease::Lease;
use crate::moment::Moment;
use crate::node::NodeEvent;
use crate::owner::{Event, Owner};
use crate::wire::{Blob, Ending, JobId, JobSpec, OutputStream, PeerId, Presence, RunSpec, SessionId};

/// What is called with what a node tells about itself.
pub(super) type Watcher = Box<dyn FnMut(PeerId, &Presence) + Send>;

/// The host of an owner: where the jobs of one run come from, and where their ends go.
///
/// All methods are called on the thread of the peer, and must not block.
pub trait Home: Send {
    /// Returns how many jobs could leave now.
    fn excess(&mut self) -> u32;

    /// Claims a job for a node, as a core does that steals one. `job` is the number by which the peer will name
    /// it. Returns `None` if there is none; then the number is used for the next.
    fn take(&mut self, job: JobId) -> Option<(JobSpec, Bytes)>;

    /// Takes the end of a job, with its result or failure.
    fn ended(&mut self, job: JobId, ending: Ending, body: Bytes);

    /// Takes a job that is lost: it may have been run or not, completely or in part, and does nothing more.
    fn lost(&mut self, job: JobId, node: &str);

    /// Takes an item of a job.
    fn item(&mut self, job: JobId, item: Bytes);

    /// Takes output of a job.
    fn output(&mut self, job: JobId, stream: OutputStream, bytes: Bytes);

    /// Returns bytes that a node needs, if there are such.
    fn blob(&mut self, blob: Blob) -> Option<Bytes>;

    /// Notes that a node takes no jobs of this run, or not any more, for this reason.
    fn left(&mut self, node: &str, reason: &str);

    /// Notes that nothing is left of the run. The last call.
    fn closed(&mut self);
}

/// The host of a node: where the jobs of other owners run.
///
/// All methods are called on the thread of the peer, and must not block. The host answers by a
/// [`NodeHandle`](super::NodeHandle).
pub trait Away: Send {
    /// Prepares for jobs of a run. The host asks the lease before each effect of a job.
    fn prepare(&mut self, session: SessionId, owner: PeerId, run: RunSpec, lease: Lease);

    /// Takes bytes that the host has fetched, if the owner has them.
    fn supplied(&mut self, session: SessionId, blob: Blob, bytes: Option<Bytes>);

    /// Starts a job.
    fn start(&mut self, session: SessionId, job: JobId, spec: JobSpec, message: Bytes);

    /// Asks a job to stop by this moment. May be repeated with an earlier one.
    fn stop(&mut self, session: SessionId, job: JobId, deadline: Moment);

    /// Notes that the parent of a job has taken this many more of its items.
    fn more(&mut self, session: SessionId, job: JobId, items: u32);

    /// Kills all jobs of a session. Each still has to be reported when it has ended.
    fn kill(&mut self, session: SessionId);

    /// Notes that nothing is left of a session. The last call for it.
    fn over(&mut self, session: SessionId);

    /// Notes that the node has left: no job or message of it is left.
    fn left(&mut self) {}
}

impl dyn Away {
    /// Calls the method for this event.
    pub(super) fn tell(&mut self, event: NodeEvent) {
        match event {
            NodeEvent::Prepare { session, owner, run, lease } => self.prepare(session, owner, run, lease),
            NodeEvent::Supplied { session, blob, bytes } => self.supplied(session, blob, bytes),
            NodeEvent::Start { session, job, spec, message } => self.start(session, job, spec, message),
            NodeEvent::Stop { session, job, deadline } => self.stop(session, job, deadline),
            NodeEvent::More { session, job, items } => self.more(session, job, items),
            NodeEvent::Kill { session } => self.kill(session),
            NodeEvent::Over { session } => self.over(session),
        }
    }
}

/// Tells the host what has happened, and hands its jobs over while there is credit.
pub(super) fn serve(now: Moment, owner: &mut Owner, home: &mut dyn Home) {
    loop {
        while let Some(event) = owner.poll_event() {
            match event {
                Event::Credit => {}
                Event::Refused { node, reason } => home.left(&node, &reason),
                Event::Left { node, reason } => home.left(&node, reason),
                Event::Ended { job, ending, body } => home.ended(job, ending, body),
                Event::Lost { job, node } => home.lost(job, &node),
                Event::Item { job, body } => home.item(job, body),
                Event::Output { job, stream, body } => home.output(job, stream, body),
                Event::Fetch { node, blob } => {
                    let bytes = home.blob(blob);
                    owner.supply(node, blob, bytes);
                }
            }
        }
        let Some(job) = owner.next_job() else { break };
        let Some((spec, message)) = home.take(job) else { break };
        owner.hand_over(&spec, message);
    }
    owner.set_excess(now, home.excess());
}
