//! A run without main: its jobs are calls of the app's exports, for clients outside of the app.
//!
//! A call is a job of depth 0. It waits in the queue of a core, any core may take it, and it is stopped when its
//! client gives it up.

use std::future::{Future as _, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::oneshot;

use super::cores::{Cores, Root};
use super::instance::Call;
use crate::Error;
use crate::config::RunConfig;
use crate::job::call::{
    Children, Client, Failure, Job, Message, Observed, Reason, Scheduler, Spec, Stop, Target, stop,
};
use crate::job::tree::Tree;
use crate::load::compiled::Compiled;
use crate::observe::event::Event;
use crate::store::grants::Template;

/// A run whose jobs are calls. It has to be ended by [`wait`](Self::wait).
pub(crate) struct Service {
    root: Root,
    caller: Caller,
}

/// Starts calls. It keeps neither the run nor the cores alive.
#[derive(Clone)]
pub(crate) struct Caller {
    root: Arc<Children>,
    scheduler: Arc<Scheduler>,
}

/// A call that has not ended. Dropping it stops the call, and all jobs that the call has started.
pub(crate) struct Calling {
    caller: Caller,
    job: Arc<Job>,
    core: usize,
    /// Receives the end of the call, when nothing of it is left.
    end: oneshot::Receiver<Result<(), Failure>>,
}

/// What a call may use.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CallOptions {
    /// The timeout, from when it begins.
    pub(crate) timeout: Option<Duration>,
    /// Whether its instance serves no other call.
    pub(crate) fresh: bool,
}

impl Service {
    /// Starts a run of this app on these cores, without a call.
    ///
    /// # Errors
    ///
    /// The host has as many runs as it may have, or the cores have ended.
    pub(crate) fn start(
        cores: &Cores,
        app: Arc<Compiled>,
        template: Template,
        config: &RunConfig,
    ) -> Result<Self, Error> {
        let root = cores.begin(app, template, config)?;
        // Clients receive the ends of their calls, so nothing takes them from here.
        root.children().abandon();
        let caller = Caller { root: Arc::clone(root.children()), scheduler: root.scheduler() };
        Ok(Self { root, caller })
    }

    /// Returns the run, as the parent of its calls.
    #[cfg(feature = "cluster")]
    pub(crate) fn root(&self) -> &Root {
        &self.root
    }

    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Stops all calls. Each has the grace time to end.
    pub(crate) fn stop(&self) {
        self.caller.stop();
    }

    /// Waits until all calls have ended, and until no core has an instance of the run.
    ///
    /// # Errors
    ///
    /// The cores have ended.
    pub(crate) fn wait(self) -> Result<(), Error> {
        self.root.close();
        let broken = self.root.broken();
        drop(self.caller);
        self.root.leave();
        broken.map_or(Ok(()), Err)
    }
}

impl Caller {
    /// Stops all calls. Each has the grace time to end.
    pub(crate) fn stop(&self) {
        self.root.stop_all(stop(self.root.tree(), Reason::Cancelled));
    }

    /// Returns whether the cores have ended, so that no call begins any more.
    pub(crate) fn is_broken(&self) -> bool {
        self.scheduler.is_shut_down()
    }

    /// Waits until there is no call.
    pub(crate) async fn idle(&self) {
        poll_fn(|context| self.root.poll_all_gone(context)).await;
    }

    /// Returns the state that all calls share.
    pub(crate) fn tree(&self) -> &Arc<Tree> {
        self.root.tree()
    }

    /// Returns all calls, as children of the run.
    pub(crate) fn children(&self) -> &Arc<Children> {
        &self.root
    }

    /// Starts a call on this core, or on another that is free earlier. `name` is its name for an observer.
    pub(crate) fn call(
        &self,
        core: usize,
        call: Box<dyn Call>,
        options: CallOptions,
        name: impl FnOnce() -> String,
    ) -> Calling {
        self.call_with(core, call, options, 0, name)
    }

    /// Starts a call with arguments of this many bytes, which have been [counted](Tree::queue).
    pub(crate) fn call_with(
        &self,
        core: usize,
        call: Box<dyn Call>,
        options: CallOptions,
        bytes: usize,
        name: impl FnOnce() -> String,
    ) -> Calling {
        let tree = self.root.tree();
        tree.enter();
        let (report, end) = oneshot::channel();
        let CallOptions { timeout, fresh } = options;
        let observed = Observed::new(tree);
        if let Some(observed) = &observed {
            let (job, name) = (observed.name, Arc::from(name()));
            tree.tell_of(observed.submitted, || Event::Submitted { job, parent: 0, depth: 0, bytes, name });
        }
        let target = Target::Export(Client::new(report));
        let spec = Spec { timeout, fresh, bytes, observed, ..Spec::new(target) };
        let job = self.root.add(spec, Message::Call(Box::new(call)));
        self.scheduler.inject(core, Arc::clone(&job));
        // The cores may have ended before this job was in the queue, and then none takes it.
        if self.scheduler.is_shut_down() {
            job.finish(Failure::Cancelled.into());
        }
        Calling { caller: self.clone(), job, core, end }
    }
}

impl Calling {
    /// Waits until the call and all jobs that it started have ended. Returns its failure, if it has failed.
    pub(crate) async fn end(&mut self) -> Result<(), Failure> {
        poll_fn(|context| self.poll_end(context)).await
    }

    /// As [`end`](Self::end). It is not polled again when it was ready.
    pub(crate) fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        // The channel is closed without a value only if the call was stopped.
        Pin::new(&mut self.end).poll(context).map(|end| end.unwrap_or(Err(Failure::Cancelled)))
    }
}

impl Drop for Calling {
    fn drop(&mut self) {
        let Caller { root, scheduler } = &self.caller;
        // Another call may have the number, once this one is forgotten.
        if let Some(job) = root.forget(self.job.number()) {
            let reason = Reason::Forgotten;
            job.stop(Stop { reason, deadline: root.tree().deadline() });
            if scheduler::Queued::is_stale(&job) {
                scheduler.count_stale(self.core);
            }
        }
    }
}
