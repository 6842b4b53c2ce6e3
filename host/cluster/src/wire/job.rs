//! Runs and jobs as they are sent to a node.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::trust::Signature;

/// A run, as an owner describes it to a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSpec {
    /// The number of the run. No two runs of an owner have the same.
    pub number: u32,
    /// The SHA-256 of the composed component. The node [fetches](Blob::Program) the component if it has not
    /// got it.
    pub program: [u8; 32],
    /// The signature of the program, if it is signed.
    pub signature: Option<Signature>,
    /// The limits and grants of the run. Only the hosts interpret it.
    pub manifest: Vec<u8>,
}

/// The number of a job. No two jobs of an [`Owner`](crate::Owner) have the same.
///
/// ```
/// use cluster::wire::JobId;
///
/// assert_eq!(JobId::from(3).to_string(), "3");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct JobId(u64);

impl JobId {
    /// Returns the number of the stream for the messages of the job.
    pub(crate) fn number(self) -> u64 {
        self.0
    }
}

impl From<u64> for JobId {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl std::fmt::Display for JobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A job, without its message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobSpec {
    /// The function to start in. It means the same on every machine that has the same program.
    pub entry: u32,
    /// The depth of the job in its tree.
    pub depth: u32,
    /// The time that it may take, from its start.
    pub timeout: Option<Duration>,
    /// The memory limit of its instance.
    pub memory: Option<u64>,
    /// Whether its instance runs no other job.
    pub fresh: bool,
    /// How many items it may send before its parent has taken one.
    pub window: Option<u32>,
    /// The name for people.
    pub name: String,
}

/// How a job ended. The bytes that follow are its result, or its failure in an encoding of the hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// It returned a result.
    Returned,
    /// It has a failure.
    Failed,
    /// It was stopped, and its parent gets nothing.
    Stopped,
}

/// The stream that a job writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OutputStream {
    /// The standard output.
    Stdout,
    /// The standard error.
    Stderr,
}

/// Bytes that a node fetches from an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Blob {
    /// The composed component of the run.
    Program,
    /// The shared value with this number.
    Shared(u64),
}
