//! The output of the jobs of a session, which is sent to the owner of the run.

use std::sync::{Arc, OnceLock};

use ::cluster::NodeHandle;
use ::cluster::wire::{JobId, OutputStream, SessionId};
use bytes::Bytes;

use crate::exec::remote_run::Jobs;
use crate::stdio::forward::Forward;

/// One stream of a session.
#[derive(Debug)]
pub(super) struct Forwarded {
    session: SessionId,
    node: NodeHandle,
    stream: OutputStream,
    /// The jobs of the session, once it has started.
    jobs: OnceLock<Arc<Jobs<JobId>>>,
}

impl Forwarded {
    pub(super) fn new(session: SessionId, node: &NodeHandle, stream: OutputStream) -> Arc<Self> {
        Arc::new(Self { session, node: node.clone(), stream, jobs: OnceLock::new() })
    }

    /// Sets the jobs that print. Before, nothing can be printed.
    pub(super) fn attach(&self, jobs: &Arc<Jobs<JobId>>) {
        _ = self.jobs.set(Arc::clone(jobs));
    }
}

impl Forward for Forwarded {
    fn forward(&self, piece: Bytes) {
        let Some(jobs) = self.jobs.get() else { return };
        // An owner takes the output of a job that has not ended. What prints belongs to such a job, or to one that it
        // has started; which of them does not matter. The job cannot end before the piece is on its way.
        jobs.with_any(|job| self.node.output(self.session, *job, self.stream, piece));
    }
}
