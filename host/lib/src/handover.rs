//! Hands jobs of a run over to other machines, and delivers their ends to their parents.
//!
//! A node is one more thief: it gets a job that no core of this machine has time for. The job is claimed, as by a
//! core, and stays a child of its parent. It holds no slot here, because it has one there.
//!
//! Some jobs stay: those that are not worth sending (`job/costs.rs`), those that send items, and all of a run that has
//! something that only this machine has, such as a directory.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use ::cluster::wire::{Blob, Ending, JobId, JobSpec, OutputStream, RunSpec};
use ::cluster::{Home, LinkLimits, RunHandle, Terms};
use bytes::Bytes;

use crate::cluster::Cluster;
use crate::config::manifest::Manifest;
use crate::config::{Config, Limits, RunConfig};
use crate::exec::cores::Root;
use crate::job::account::{Charge, Excess};
use crate::job::call::{Failure, Job, Message, Scheduler};
use crate::job::distribution::Distribution;
use crate::job::outcome::Outcome;
use crate::job::sent;
use crate::job::tree::Tree;
use crate::load::compiled::Compiled;
use crate::load::program::Program;
use crate::observe::event::Event;
use crate::stdio::output::Output;

/// How long the queues are left alone after they had no job that is worth sending. Doubled each time, up to the
/// second one.
const REST: Duration = Duration::from_millis(1);
const LONG_REST: Duration = Duration::from_millis(128);

/// How long the nodes have to confirm the end of a run. None of its jobs is left by then, so nothing depends on it.
const CLOSING: Duration = Duration::from_secs(2);

/// The jobs of a run that other machines have. It has to be [closed](Self::close) at the end of the run.
pub(crate) struct Handover {
    /// Keeps the connection.
    _cluster: Cluster,
    handle: RunHandle,
    is_closed: Receiver<()>,
}

/// The owner's side of a run, on the thread of the cluster.
struct Jobs {
    scheduler: Arc<Scheduler>,
    tree: Arc<Tree>,
    program: Program,
    output: Output,
    bell: Arc<Bell>,
    waker: Waker,
    /// The jobs that other machines have.
    away: HashMap<JobId, Sent>,
    /// Whether a job that is lost runs again on this machine.
    reruns_lost: bool,
    /// Jobs whose output the run has no memory for.
    without_memory: HashMap<JobId, Excess>,
    /// How long to rest after the next time that there is no job to send.
    rest: Duration,
    closed: Sender<()>,
}

/// A job that another machine has.
struct Sent {
    job: Arc<Job>,
    /// Its message, if it runs again when it is lost.
    message: Option<Bytes>,
}

/// Wakes the thread of the cluster when there may be jobs to send.
#[derive(Debug, Default)]
struct Bell {
    /// Set once the run is known to the thread.
    handle: OnceLock<RunHandle>,
    is_resting: AtomicBool,
}

/// Asks for the end of a job that another machine has, when its parent wants that.
struct StopBell {
    id: JobId,
    job: Weak<Job>,
    bell: Arc<Bell>,
}

impl Handover {
    /// Lets the jobs of a run leave for the other machines of its host's cluster, if it has one.
    pub(crate) fn start(
        host: &Config,
        app: &Compiled,
        root: &Root,
        config: &RunConfig,
        output: &Output,
    ) -> Option<Self> {
        let (cluster, program) = (host.cluster.as_ref()?, app.program.as_ref()?);
        // Without it, there are no jobs.
        app.worker?;
        if let Some(reason) = stays(config, cluster) {
            tracing::warn!("jobs stay on this machine: {reason}");
            return None;
        }
        let tree = Arc::clone(root.children().tree());
        tree.set_distribution(Distribution::new(cluster.clone()));
        let spec = RunSpec {
            number: cluster.number_run(),
            program: program.digest,
            signature: config.signature.clone(),
            manifest: Manifest::new(&app.path, config, host.stack).encode(),
        };
        let (closed, is_closed) = channel();
        let bell = Arc::<Bell>::default();
        let jobs = Jobs {
            scheduler: root.scheduler(),
            tree,
            program: program.clone(),
            output: output.clone(),
            bell: Arc::clone(&bell),
            waker: Arc::clone(&bell).into(),
            away: HashMap::new(),
            reruns_lost: config.rerun_lost,
            without_memory: HashMap::new(),
            rest: REST,
            closed,
        };
        let handle = cluster.peer().own(spec, Terms::default(), LinkLimits::default(), jobs);
        _ = bell.handle.set(handle.clone());
        handle.wake();
        Some(Self { _cluster: cluster.clone(), handle, is_closed })
    }

    /// Ends the run on all nodes. All of its jobs have ended.
    pub(crate) fn close(self) {
        self.handle.close();
        // A node that does not answer ends the run with its lease.
        _ = self.is_closed.recv_timeout(CLOSING);
    }
}

/// Returns why the jobs of a run with this configuration stay on this machine, if they do.
fn stays(config: &RunConfig, cluster: &Cluster) -> Option<&'static str> {
    let grants = &config.grants;
    if config.limits.message > Limits::default().message {
        return Some("the run allows messages that are longer than machines send each other");
    }
    if !grants.dirs.is_empty() {
        return Some("the run has directories, which other machines do not have");
    }
    if grants.tcp || grants.udp || grants.ip_name_lookup || grants.http {
        return Some("the run has access to the network, which other machines do not grant");
    }
    let has_variables = !(grants.env.is_empty() && grants.config.is_empty() && grants.keyvalue.is_empty());
    (has_variables && !cluster.is_encrypted()).then_some(
        "the run has variables, which may be secret, and the connection to the server is not encrypted",
    )
}

impl Jobs {
    /// Returns whether a job may leave, and is worth sending.
    fn may_leave(&self, job: &Job) -> bool {
        let spec = &job.spec;
        job.tree().id == self.tree.id
            && spec.items.is_none()
            && !spec.was_lost.load(Ordering::Relaxed)
            && spec.target.entry().zip(self.tree.distribution()).is_some_and(|(entry, distribution)| {
                let costs = &distribution.costs;
                costs.is_worth(entry, spec.bytes, costs.now())
            })
    }

    /// Returns whether any job may leave.
    fn may_any_leave(&self) -> bool {
        // The message of a job may contain the number of shared bytes, which only this machine has.
        self.bell.handle.get().is_some()
            && !self.bell.is_resting.load(Ordering::Relaxed)
            && !self.tree.has_shared()
    }

    /// Leaves the queues alone for a while, because no job of them is to be sent now. That may change with time.
    fn take_rest(&mut self) {
        self.bell.is_resting.store(true, Ordering::Relaxed);
        let (bell, rest) = (Arc::clone(&self.bell), self.rest);
        self.rest = (2 * rest).min(LONG_REST);
        tokio::spawn(async move {
            tokio::time::sleep(rest).await;
            bell.is_resting.store(false, Ordering::Relaxed);
            bell.wake();
        });
    }

    /// Watches a job that has left, so that it is stopped there if it is stopped here.
    fn watch(&self, id: JobId, job: &Arc<Job>) {
        Arc::new(StopBell { id, job: Arc::downgrade(job), bell: Arc::clone(&self.bell) }).look();
    }

    /// Returns the outcome of a job that ended in this way.
    fn outcome(&self, ending: Ending, body: &Bytes) -> Outcome {
        match ending {
            Ending::Returned => match self.tree.charge_result(body.len()) {
                Ok(charge) => Outcome::result(body.to_vec(), charge),
                Err(excess) => Failure::OutOfMemory(excess).into(),
            },
            Ending::Failed => Outcome::failure(sent::decode(body), self.tree.account()),
            Ending::Stopped => Failure::Cancelled.into(),
        }
    }
}

impl Home for Jobs {
    fn excess(&mut self) -> u32 {
        if !self.may_any_leave() {
            return 0;
        }
        let mut is_worth = false;
        // It wakes the bell when there is more to take than now.
        let context = &mut Context::from_waker(&self.waker);
        _ = self.scheduler.poll_excess(
            |job| {
                is_worth |= self.may_leave(job);
                None::<()>
            },
            context,
        );
        let excess = self.scheduler.excess();
        if excess > 0 && !is_worth {
            self.take_rest();
            return 0;
        }
        u32::try_from(excess).unwrap_or(u32::MAX)
    }

    fn take(&mut self, id: JobId) -> Option<(JobSpec, Bytes)> {
        if !self.may_any_leave() {
            return None;
        }
        loop {
            let context = &mut Context::from_waker(&self.waker);
            let leaves = |job: &Arc<Job>| self.may_leave(job).then_some(());
            let Poll::Ready((job, ())) = self.scheduler.poll_excess(leaves, context) else { return None };
            // Claiming fails if the job has been stopped.
            let Some(Message::Bytes(message)) = job.claim() else { continue };
            self.rest = REST;
            self.watch(id, &job);
            let spec = &job.spec;
            let sent = JobSpec {
                entry: spec.target.entry().unwrap_or_default(),
                depth: spec.depth,
                timeout: spec.timeout,
                memory: spec.memory,
                fresh: spec.fresh,
                window: None,
                name: String::new(),
            };
            if let Some(observed) = &spec.observed {
                let (job, queued) = (observed.name, observed.submitted.elapsed());
                self.tree.tell(|| Event::HandedOver { job, queued });
            }
            let message = Bytes::from(message);
            self.away.insert(id, Sent { message: self.reruns_lost.then(|| message.clone()), job });
            return Some((sent, message));
        }
    }

    fn ended(&mut self, id: JobId, ending: Ending, body: Bytes) {
        let Some(Sent { job, .. }) = self.away.remove(&id) else { return };
        let outcome = match self.without_memory.remove(&id) {
            Some(excess) => Failure::OutOfMemory(excess).into(),
            None => self.outcome(ending, &body),
        };
        job.finish(outcome);
    }

    fn lost(&mut self, id: JobId, node: &str) {
        self.without_memory.remove(&id);
        let Some(Sent { job, message }) = self.away.remove(&id) else { return };
        // A job that has to stop does not wait again.
        if message.is_some_and(|message| job.unclaim(Message::Bytes(message.into())).is_ok()) {
            job.spec.was_lost.store(true, Ordering::Relaxed);
            self.scheduler.inject(0, Arc::clone(&job));
            // The cores may have ended before this job was in the queue, and then none takes it.
            if self.scheduler.is_shut_down() {
                job.finish(Failure::Cancelled.into());
            }
        } else {
            job.finish(Outcome::failure(sent::lost(node), self.tree.account()));
        }
    }

    fn item(&mut self, _: JobId, _: Bytes) {
        // Jobs with items stay.
    }

    fn output(&mut self, id: JobId, stream: OutputStream, bytes: Bytes) {
        match Charge::take(self.tree.account(), bytes.len() as u64) {
            Ok(charge) => {
                let text = Bytes::from_owner(Printed { bytes, charge });
                self.output.print(stream == OutputStream::Stderr, text);
            }
            Err(excess) => {
                self.without_memory.insert(id, excess);
                if let Some(handle) = self.bell.handle.get() {
                    handle.stop(id, Duration::ZERO);
                }
            }
        }
    }

    fn blob(&mut self, blob: Blob) -> Option<Bytes> {
        (blob == Blob::Program).then(|| self.program.bytes.clone())
    }

    fn left(&mut self, node: &str, reason: &str) {
        tracing::warn!("node {node} runs no jobs of this run: {reason}");
    }

    fn closed(&mut self) {
        // Without a receiver, nothing waits for the end.
        _ = self.closed.send(());
    }
}

/// The connection may end with jobs away, if its thread panics.
impl Drop for Jobs {
    fn drop(&mut self) {
        for (_, Sent { job, .. }) in self.away.drain() {
            job.finish(Failure::Cancelled.into());
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(handle) = self.handle.get() {
            handle.wake();
        }
    }
}

impl StopBell {
    /// Asks for the end of the job if it has to stop, and waits for that otherwise.
    fn look(self: Arc<Self>) {
        let Some(job) = self.job.upgrade() else { return };
        let waker = Waker::from(Arc::clone(&self));
        // Registered before the deadline is read, so that an earlier one is not missed.
        if job.poll_stopping(&Context::from_waker(&waker)).is_ready()
            && let Some((deadline, handle)) = job.stop_deadline().zip(self.bell.handle.get())
        {
            handle.stop(self.id, deadline.saturating_duration_since(Instant::now()));
        }
    }
}

impl Wake for StopBell {
    fn wake(self: Arc<Self>) {
        self.look();
    }
}

/// Output of a job, and the charge that pays for it until it is written.
struct Printed {
    bytes: Bytes,
    #[expect(dead_code, reason = "dropped with the bytes")]
    charge: Charge,
}

impl AsRef<[u8]> for Printed {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Handover {
    fn drop(&mut self) {
        self.handle.close();
    }
}

impl fmt::Debug for Handover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handover").finish_non_exhaustive()
    }
}
