//! The messages between owners and nodes.
//!
//! Beats are snapshots of numbers that only grow, and of all stops that have not been answered. So a beat may be
//! lost, repeated or overtaken: the next one says it all again.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::job::{Blob, Ending, JobId, JobSpec, OutputStream, RunSpec};
use crate::lease::Terms;
use crate::moment::Moment;

/// A host process, as an owner or as a node. It is chosen at random when the process starts, so a process that is
/// started again is another peer.
///
/// ```
/// use cluster::wire::PeerId;
///
/// assert_eq!(PeerId::from(255).to_string(), "00000000000000ff");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PeerId(u64);

impl PeerId {
    /// Chooses the number of this process.
    ///
    /// ```
    /// use cluster::wire::PeerId;
    ///
    /// assert_ne!(PeerId::random(), PeerId::random());
    /// ```
    pub fn random() -> Self {
        // The keys of a hash map are as random as the system can make them.
        Self(RandomState::new().hash_one(()))
    }
}

impl From<u64> for PeerId {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum To {
    /// To all peers, by the control lane.
    All,
    /// To one peer, by the lane for short messages.
    Control(PeerId),
    /// To one peer, by the lane for frames.
    Data(PeerId),
}

/// The number of a session. The node chooses it, and no two sessions of a node have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionId(u64);

impl From<u64> for SessionId {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

/// One message between two peers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// A node tells all peers that it is there. The first variant in every version.
    Presence(Presence),
    /// An owner asks all nodes for their presence.
    Hello,
    /// An owner asks a node for a session, until it gets an answer.
    Open {
        /// The number of the attempt. No two attempts of a run have the same.
        attempt: u32,
        /// The run whose jobs the node would get.
        run: RunSpec,
        /// The times of the lease.
        terms: Terms,
    },
    /// A node has opened a session.
    Opened {
        /// The number of the run.
        run: u32,
        /// The attempt that this answers.
        attempt: u32,
        /// The session.
        session: SessionId,
        /// The time of the node.
        stamp: Moment,
    },
    /// A node does not open a session.
    Refused {
        /// The number of the run.
        run: u32,
        /// The attempt that this answers.
        attempt: u32,
        /// The reason.
        reason: String,
    },
    /// The state of the owner's end of a session.
    OwnerBeat(OwnerBeat),
    /// The state of the node's end of a session.
    NodeBeat(NodeBeat),
    /// The owner ends a session, until it gets an answer.
    Close {
        /// The session.
        session: SessionId,
    },
    /// A session has ended, and nothing of it is left on the node.
    Closed {
        /// The session.
        session: SessionId,
    },
    /// A frame of the link from an owner to a node.
    Down(FrameHead),
    /// A frame of the link from a node to an owner.
    Up(FrameHead),
}

/// What a node tells about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// The name for people. The first field in every version.
    pub name: String,
    /// How many jobs the node runs at a time.
    pub slots: u32,
    /// How many of these slots no owner has.
    pub free: u32,
    /// The version of the host.
    pub host: String,
    /// Whether the node is about to leave, and takes no more jobs.
    pub is_leaving: bool,
}

/// The state of the owner's end of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerBeat {
    /// The session.
    pub session: SessionId,
    /// The newest stamp that the owner has received from the node.
    pub echo: Moment,
    /// How much credit the owner would like to have, including that of its jobs that have not ended.
    pub want: u32,
    /// How much credit the owner has given back in this session.
    pub released: u64,
    /// The number of frames that the owner has received.
    pub acked: u64,
    /// The jobs that have to stop, and the time that each has left for that.
    pub stops: Vec<(JobId, Duration)>,
}

/// The state of the node's end of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeBeat {
    /// The session.
    pub session: SessionId,
    /// The time of the node.
    pub stamp: Moment,
    /// How much credit the node has given in this session.
    pub granted: u64,
    /// The number of frames that the node has received.
    pub acked: u64,
}

/// A piece of a message that crosses a link, before its payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameHead {
    /// The session.
    pub session: SessionId,
    /// The number of the frame: 1 for the first of the session in this direction.
    pub number: u64,
    /// The stream: the number of a job, or 0. The messages of a stream arrive in order.
    pub stream: u64,
    /// How many bytes of the message follow in later frames.
    pub left: u64,
    /// The number of frames that the sender has received.
    pub acked: u64,
    /// How much credit the sender has given in this session. An owner gives none.
    pub granted: u64,
}

/// The head of a message that crosses the link from an owner to a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Down {
    /// Start the job that has the number of the stream. Its message follows.
    Start(JobSpec),
    /// The parent has taken this many more items of the job.
    More(u32),
    /// The answer to [`Up::Fetch`]. The bytes follow, if the owner has them.
    Blob(Blob, bool),
}

/// The head of a message that crosses the link from a node to an owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Up {
    /// An item of the job that has the number of the stream.
    Item,
    /// Output of the job.
    Output(OutputStream),
    /// The end of the job. Its result or failure follows.
    End(Ending),
    /// The node needs these bytes.
    Fetch(Blob),
}
