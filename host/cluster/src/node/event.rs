//! What a node tells its host.

use bytes::Bytes;

use crate::lease::Lease;
use crate::moment::Moment;
use crate::wire::{Blob, JobId, JobSpec, PeerId, RunSpec, SessionId};

/// What a node tells its host.
#[derive(Clone, Debug)]
pub enum NodeEvent {
    /// An owner has opened a session: prepare for its run, and call [`Node::ready`](super::Node::ready) or [`Node::refuse`](super::Node::refuse).
    Prepare {
        /// The session.
        session: SessionId,
        /// The owner.
        owner: PeerId,
        /// The run.
        run: RunSpec,
        /// The lease of the session, to be asked before each effect of a job.
        lease: Lease,
    },
    /// Run a job, and call [`Node::ended`](super::Node::ended) at its end.
    Start {
        /// The session.
        session: SessionId,
        /// The job.
        job: JobId,
        /// What to run.
        spec: JobSpec,
        /// Its message.
        message: Bytes,
    },
    /// A job has to stop, and may take until this moment. May be repeated with an earlier moment.
    Stop {
        /// The session.
        session: SessionId,
        /// The job.
        job: JobId,
        /// When it must have stopped.
        deadline: Moment,
    },
    /// The parent has taken this many more items.
    More {
        /// The session.
        session: SessionId,
        /// The job.
        job: JobId,
        /// How many.
        items: u32,
    },
    /// The answer to [`Node::fetch`](super::Node::fetch).
    Supplied {
        /// The session.
        session: SessionId,
        /// Which bytes.
        blob: Blob,
        /// The bytes, if the owner has them.
        bytes: Option<Bytes>,
    },
    /// All jobs of a session have to end at once. Nothing of the session may have an effect any more.
    Kill {
        /// The session.
        session: SessionId,
    },
    /// A session is over, and its jobs have ended: forget it. The last event of the session.
    Over {
        /// The session.
        session: SessionId,
    },
}
