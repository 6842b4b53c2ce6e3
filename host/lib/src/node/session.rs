//! A session of a node: the jobs of one run of another host.

use std::sync::Arc;
use std::time::Instant;

use ::cluster::NodeHandle;
use ::cluster::wire::{Ending, JobId, JobSpec, OutputStream, SessionId};
use bytes::Bytes;

use super::output::Forwarded;
use crate::config::RunConfig;
use crate::error::Error;
use crate::exec::cores::Cores;
use crate::exec::remote_run::{End, RemoteRun};
use crate::job::account::Charge;
use crate::job::call::{Spec, Target};
use crate::job::sent;
use crate::load::compiled::Compiled;
use crate::stdio::output::Output;
use crate::store::grants::Template;

/// The jobs of one run of another host. It has to be [ended](Self::end).
pub(super) struct Session {
    run: RemoteRun<JobId>,
    output: Output,
}

/// A result, and the charge that pays for it until it has arrived.
struct Paid {
    bytes: Vec<u8>,
    #[expect(dead_code, reason = "dropped with the bytes")]
    charge: Charge,
}

impl Session {
    /// Starts a run of this program, without a job.
    pub(super) fn open(
        id: SessionId,
        node: &NodeHandle,
        cores: &Cores,
        program: Arc<Compiled>,
        config: RunConfig,
    ) -> Result<Self, Error> {
        let [stdout, stderr] =
            [OutputStream::Stdout, OutputStream::Stderr].map(|stream| Forwarded::new(id, node, stream));
        let output = Output::forwarded(stdout.clone(), stderr.clone())
            .map_err(|cause| Error::threads("start the threads that write the output", cause))?;
        let opened =
            Template::new(&program.path, program.concurrency, &config, output.clone()).and_then(|template| {
                let node = node.clone();
                let ended = move |job: &JobId, end| report(&node, id, *job, end);
                RemoteRun::start(cores, program, template, &config, ended)
            });
        match opened {
            Ok(run) => {
                [stdout, stderr].iter().for_each(|stream| stream.attach(run.jobs()));
                Ok(Self { run, output })
            }
            Err(error) => {
                // Nothing was printed, so no write can have failed.
                _ = output.finish(true, false);
                Err(error)
            }
        }
    }

    /// Starts a job.
    pub(super) fn start(&self, job: JobId, spec: JobSpec, message: Bytes) {
        let JobSpec { entry, depth, timeout, memory, fresh, .. } = spec;
        let spec = Spec { depth, timeout, memory, fresh, ..Spec::new(Target::Entry(entry)) };
        self.run.job(job, spec, message.into());
    }

    /// Asks a job to stop by this time.
    pub(super) fn stop(&self, job: JobId, deadline: Instant) {
        self.run.stop(&job, deadline);
    }

    /// Asks all jobs to stop by this time.
    pub(super) fn stop_all(&self, deadline: Instant) {
        self.run.stop_all(deadline);
    }

    /// Waits until nothing is left of the session.
    pub(super) fn end(self) {
        self.run.wait();
        // What could not be sent is not wanted any more.
        _ = self.output.finish(true, false);
    }
}

/// Sends the end of a job to its owner.
fn report(node: &NodeHandle, session: SessionId, job: JobId, end: End) {
    let (ending, body) = match end {
        End::Stopped => (Ending::Stopped, Bytes::new()),
        End::Outcome(outcome) => match outcome.value {
            Ok(bytes) => (Ending::Returned, Bytes::from_owner(Paid { bytes, charge: outcome.charge })),
            Err(failure) => (Ending::Failed, sent::encode(&failure)),
        },
    };
    node.ended(session, job, ending, body);
}

impl AsRef<[u8]> for Paid {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
