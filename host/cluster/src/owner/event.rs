//! What an owner tells its host.

use bytes::Bytes;

use crate::wire::{Blob, Ending, JobId, OutputStream, PeerId};

/// What an owner tells its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A node has given credit, when there was none: [`Owner::hand_over`](super::Owner::hand_over) succeeds.
    Credit,
    /// A node does not take jobs of this run.
    Refused {
        /// The name of the node.
        node: String,
        /// The reason.
        reason: String,
    },
    /// The session with a node is over before the owner closed it.
    Left {
        /// The name of the node.
        node: String,
        /// The reason.
        reason: &'static str,
    },
    /// A job has ended. This is the last event of the job.
    Ended {
        /// The job.
        job: JobId,
        /// How it ended.
        ending: Ending,
        /// Its result or failure.
        body: Bytes,
    },
    /// A job is lost: it may have been run or not, completely or in part, and does nothing more. This is the last
    /// event of the job.
    Lost {
        /// The job.
        job: JobId,
        /// The name of the node that had it.
        node: String,
    },
    /// A job has sent an item.
    Item {
        /// The job.
        job: JobId,
        /// The item.
        body: Bytes,
    },
    /// A job has written to a stream.
    Output {
        /// The job.
        job: JobId,
        /// The stream.
        stream: OutputStream,
        /// What it has written.
        body: Bytes,
    },
    /// A node needs bytes: answer with [`Owner::supply`](super::Owner::supply).
    Fetch {
        /// The node.
        node: PeerId,
        /// The bytes that it needs.
        blob: Blob,
    },
}
